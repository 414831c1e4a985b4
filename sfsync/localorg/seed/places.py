"""Countries with their cities, postcodes and phone numbers, so that an address holds together."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class City:
    """A city with its state and the form of its postcodes: `#` is a digit, `@` a capital letter."""

    name: str
    state: str | None
    postcode: str
    area: str  # area code as dialled inside the country


@dataclass(frozen=True, slots=True)
class Country:
    """A country as an address holds it."""

    name: str
    weight: int  # share among the leads, of 100 or so
    region: str  # the queue and sales team: Americas, EMEA or APAC
    code: str  # of the phone: +1
    number: str  # the form of a subscriber's number
    cultures: tuple[str, ...]
    cities: tuple[City, ...]
    streets: tuple[str, ...]  # `#` is the house number
    sloppy: tuple[str, ...] = ()  # how people also write the country


def _cities(text: str) -> tuple[City, ...]:
    parts = (line.strip().split("|") for line in text.strip().splitlines())
    return tuple(City(name, state or None, postcode, area) for name, state, postcode, area in parts)


def _some(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";"))


COUNTRIES: tuple[Country, ...] = (
    Country(
        "United States", 34, "Americas", "+1", "555-01##",
        ("american",) * 8 + ("spanish", "indian", "chinese"),
        _cities("""
            San Francisco|CA|941##|415
            San Jose|CA|951##|408
            Los Angeles|CA|900##|213
            Austin|TX|787##|512
            Houston|TX|770##|713
            New York|NY|100##|212
            Boston|MA|021##|617
            Chicago|IL|606##|312
            Denver|CO|802##|303
            Seattle|WA|981##|206
            Atlanta|GA|303##|404
            Miami|FL|331##|305
            Minneapolis|MN|554##|612
            Columbus|OH|432##|614"""),
        _some("# Market Street; # Main St; #0 Industrial Parkway; # Oak Ave Suite 210; # W 5th Street; # Oak Blvd"),
        ("USA", "US", "U.S.A.", "united states", "United States of America"),
    ),
    Country(
        "Canada", 6, "Americas", "+1", "555-01##", ("american", "british", "french", "indian", "chinese"),
        _cities("""
            Toronto|ON|M5V #@#|416
            Ottawa|ON|K1P #@#|613
            Montréal|QC|H3B #@#|514
            Vancouver|BC|V6B #@#|604
            Calgary|AB|T2P #@#|403"""),
        _some("# King Street West; # Rue Sainte-Catherine; # Granville Street; #0 Bay St"),
        ("CA", "canada"),
    ),
    Country(
        "Mexico", 3, "Americas", "+52", "5550 ####", ("spanish",),
        _cities("""
            Ciudad de México|CDMX|06###|55
            Monterrey|Nuevo León|64###|81
            Guadalajara|Jalisco|44###|33"""),
        _some("Av. Insurgentes Sur #; Calle Juárez #; Paseo de la Reforma #"),
        ("México", "MX"),
    ),
    Country(
        "Brazil", 4, "Americas", "+55", "5550-####", ("brazilian",),
        _cities("""
            São Paulo|SP|01###-##0|11
            Rio de Janeiro|RJ|20###-##0|21
            Curitiba|PR|80###-##0|41"""),
        _some("Avenida Paulista, #; Rua das Flores, #; Rua Augusta, #"),
        ("Brasil", "BR"),
    ),
    Country(
        "United Kingdom", 10, "EMEA", "+44", "7946 0###", ("british",) * 4 + ("indian", "african", "polish"),
        _cities("""
            London||EC1A #@@|20
            Manchester||M1 #@@|161
            Birmingham||B3 #@@|121
            Leeds||LS1 #@@|113
            Edinburgh|Scotland|EH2 #@@|131
            Cardiff|Wales|CF10 #@@|29"""),
        _some("# High Street; # Kingsway; Unit #, Riverside Business Park; # Queen Street; # Station Road"),
        ("UK", "England", "Great Britain", "U.K."),
    ),
    Country(
        "Ireland", 2, "EMEA", "+353", "555 0###", ("british",),
        _cities("""
            Dublin|Leinster|D02 @@##|1
            Cork|Munster|T12 @@##|21"""),
        _some("# St Stephen's Green; # Patrick Street; # Harbour Quay"),
    ),
    Country(
        "Germany", 8, "EMEA", "+49", "5550###", ("german",) * 4 + ("turkish", "polish"),
        _cities("""
            Berlin|Berlin|101##|30
            München|Bayern|803##|89
            Hamburg|Hamburg|203##|40
            Köln|Nordrhein-Westfalen|506##|221
            Stuttgart|Baden-Württemberg|701##|711"""),
        _some("Hauptstraße #; Friedrichstraße #; Am Alten Hafen #; Industriestr. #; Königsallee #"),
        ("Deutschland", "DE", "GERMANY"),
    ),
    Country(
        "France", 5, "EMEA", "+33", "55 50 ## ##", ("french",) * 4 + ("arabic",),
        _cities("""
            Paris|Île-de-France|750##|1
            Lyon|Auvergne-Rhône-Alpes|690##|4
            Nantes|Pays de la Loire|440##|2"""),
        _some("# rue de Rivoli; # avenue Jean Jaurès; # boulevard Voltaire; # quai de la Fosse"),
        ("FR", "france"),
    ),
    Country(
        "Spain", 5, "EMEA", "+34", "555 0##", ("spanish",),
        _cities("""
            Madrid|Madrid|280##|91
            Barcelona|Cataluña|080##|93
            Valencia|Comunidad Valenciana|460##|96
            Bilbao|País Vasco|480##|94"""),
        _some("Calle de Alcalá #; Gran Vía #; Carrer de Mallorca #; Avenida de la Constitución, #"),
        ("España", "ES"),
    ),
    Country(
        "Poland", 3, "EMEA", "+48", "555 0# ##", ("polish",),
        _cities("""
            Warszawa|Mazowieckie|00-###|22
            Kraków|Małopolskie|30-###|12
            Wrocław|Dolnośląskie|50-###|71"""),
        _some("ul. Marszałkowska #; ul. Długa #; al. Jerozolimskie #"),
        ("Polska",),
    ),
    Country(
        "Italy", 3, "EMEA", "+39", "5550###", ("italian",),
        _cities("""
            Milano|MI|201##|02
            Roma|RM|001##|06
            Torino|TO|101##|011"""),
        _some("Via Roma, #; Corso Vittorio Emanuele #; Via Dante #"),
        ("Italia",),
    ),
    Country(
        "Netherlands", 3, "EMEA", "+31", "555 0###", ("dutch",) * 3 + ("turkish",),
        _cities("""
            Amsterdam|Noord-Holland|1012 @@|20
            Rotterdam|Zuid-Holland|3011 @@|10
            Utrecht|Utrecht|3511 @@|30"""),
        _some("Herengracht #; Stationsplein #; Coolsingel #"),
        ("The Netherlands", "Nederland", "NL"),
    ),
    Country(
        "Sweden", 2, "EMEA", "+46", "555 0# ##", ("nordic",),
        _cities("""
            Stockholm|Stockholms län|111 ##|8
            Göteborg|Västra Götaland|411 ##|31"""),
        _some("Drottninggatan #; Storgatan #; Kungsportsavenyn #"),
    ),
    Country(
        "United Arab Emirates", 2, "EMEA", "+971", "555 0###", ("arabic", "arabic", "indian"),
        _cities("""
            Dubai|Dubai||4
            Abu Dhabi|Abu Dhabi||2"""),
        _some("Sheikh Zayed Road, Tower #; Office #, Al Maktoum Street"),
        ("UAE", "U.A.E."),
    ),
    Country(
        "South Africa", 2, "EMEA", "+27", "555 0###", ("african", "african", "british"),
        _cities("""
            Johannesburg|Gauteng|20##|11
            Cape Town|Western Cape|80##|21"""),
        _some("# Commissioner Street; # Long Street; # Rivonia Road"),
        ("RSA",),
    ),
    Country(
        "India", 4, "APAC", "+91", "5550 ####", ("indian",),
        _cities("""
            Bengaluru|Karnataka|5600##|80
            Mumbai|Maharashtra|4000##|22
            Pune|Maharashtra|4110##|20
            Hyderabad|Telangana|5000##|40"""),
        _some("# MG Road; Plot #, Electronic City; # Linking Road; #, Hitech City Main Road"),
        ("IN", "india"),
    ),
    Country(
        "Japan", 2, "APAC", "+81", "5550-####", ("japanese",),
        _cities("""
            Tokyo|Tokyo|100-00##|3
            Osaka|Osaka|530-00##|6"""),
        _some("1-#-3 Marunouchi; 2-#-8 Umeda; 4-#-1 Ginza"),
        ("JP",),
    ),
    Country(
        "Australia", 3, "APAC", "+61", "5550 ####", ("british", "british", "american", "chinese"),
        _cities("""
            Sydney|NSW|20##|2
            Melbourne|VIC|30##|3
            Brisbane|QLD|40##|7"""),
        _some("# George Street; # Collins Street; Level #, 100 Eagle St"),
        ("AU", "Aus"),
    ),
    Country(
        "Singapore", 1, "APAC", "+65", "5550 ####", ("chinese", "chinese", "indian"),
        _cities("Singapore||0#####|6"),
        _some("# Raffles Place; # Orchard Road #12-01"),
    ),
)  # fmt: skip
