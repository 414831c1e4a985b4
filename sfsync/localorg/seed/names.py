"""Given and family names by culture, written as a CRM in English would hold them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one culture: given names of women and of men, family names."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    family: tuple[str, ...]


def _names(women: str, men: str, family: str) -> Names:
    return Names(tuple(women.split()), tuple(men.split()), tuple(name.replace("_", " ") for name in family.split()))


CULTURES: dict[str, Names] = {
    "american": _names(
        "Jennifer Ashley Brittany Megan Tiffany Lauren Crystal Denise Kimberly Monique Heather Paige Jasmine Katherine",
        "Michael Robert Christopher William Tyler Brandon Derek Marcus Gregory Timothy Kevin Andrew Darnell Jeffrey",
        "Johnson Williams Miller Davis Anderson Jackson Harris Robinson Walker Mitchell Parker Sullivan Brooks Hayes "
        "Coleman Jenkins Henderson Washington Kowalski Nguyen Ramirez O'Connor DiMarco McAllister Fitzgerald Bradley",
    ),
    "british": _names(
        "Charlotte Imogen Gemma Harriet Poppy Rosalind Fiona Bethan Siobhan Niamh Philippa Georgina",
        "Oliver Callum Alistair Rhys Nigel Gareth Hamish Duncan Declan Rory Edmund Graham",
        "Smith Taylor Thomas Evans Roberts Wright Hughes Clarke Whitaker Pritchard MacDonald Campbell O'Brien Ashworth "
        "Fairbanks Hargreaves Llewellyn Bancroft Murphy Kelly Blackwood",
    ),
    "spanish": _names(
        "María Lucía Carmen Pilar Inés Marta Sofía Elena Rocío Valentina Ximena Guadalupe",
        "Javier Álvaro Diego Pablo Sergio Íñigo Andrés Rodrigo Mateo Joaquín Emilio Raúl",
        "García Fernández López Martínez Sánchez Muñoz Ibáñez Núñez Herrera Castaño Ortega Vázquez de_la_Cruz "
        "Peñalver Echeverría Romero Gutiérrez Domínguez",
    ),
    "german": _names(
        "Anna Katrin Heike Sabine Johanna Greta Ulrike Birgit Franziska Lena Annika Jördis",
        "Jürgen Stefan Matthias Klaus Lukas Florian Götz Dieter Tobias Henning Björn Uwe",
        "Müller Schneider Weber Hoffmann Schäfer Köhler Großmann Krüger Vogel Brandt Zimmermann Jäger Lindner "
        "von_Hagen Böhm Steinbach Kaiser Fuchs",
    ),
    "french": _names(
        "Camille Élodie Manon Aurélie Chloé Margaux Inès Solène Bénédicte Clémence Anaïs Delphine",
        "Julien Thibault Mathieu Rémi François Benoît Étienne Gaël Laurent Olivier Sébastien Yannick",
        "Martin Dubois Lefèvre Moreau Girard Rousseau Chevalier Lemaître d'Arcy Fontaine Gauthier Bélanger Perrin "
        "Delacroix Mercier Tremblay",
    ),
    "polish": _names(
        "Agnieszka Katarzyna Małgorzata Joanna Zofia Ewa Magdalena Barbara Kinga Aleksandra",
        "Piotr Krzysztof Tomasz Paweł Łukasz Wojciech Marcin Grzegorz Zbigniew Jakub",
        "Nowak Kowalska Wiśniewski Wójcik Kamiński Zieliński Szymańska Woźniak Dąbrowski Król Jabłońska Mazur Pawlak",
    ),
    "italian": _names(
        "Giulia Francesca Chiara Alessia Martina Federica Ilaria Beatrice Silvia Paola",
        "Marco Alessandro Lorenzo Matteo Giovanni Davide Riccardo Simone Stefano Luca",
        "Rossi Russo Ferrari Esposito Bianchi Colombo De_Luca Ricci Conti Marchetti D'Angelo Lombardi Galli Fabbri",
    ),
    "dutch": _names(
        "Sanne Anouk Femke Marloes Ilse Lotte Maaike Fleur",
        "Daan Jeroen Sander Maarten Willem Bas Thijs Ruben",
        "de_Vries van_den_Berg Jansen Bakker Visser van_Dijk Mulder Hendriks van_der_Meer Dekker Smit Kuiper",
    ),
    "nordic": _names(
        "Ingrid Astrid Sigrid Linnéa Maja Solveig Freja Elin Åsa Tuuli",
        "Lars Erik Mikkel Søren Håkan Jonas Magnus Bjørn Aksel Eero",
        "Andersson Johansen Nilsson Hansen Lindqvist Bergström Sørensen Virtanen Dahl Åkesson Haugen Kjær Ekholm",
    ),
    "indian": _names(
        "Priya Ananya Deepika Kavitha Shreya Neha Lakshmi Pooja Meera Aishwarya",
        "Rahul Arjun Vikram Sanjay Karthik Rohan Suresh Amit Harpreet Aditya",
        "Sharma Patel Singh Iyer Reddy Gupta Nair Mukherjee Desai Krishnan Banerjee Chowdhury Malhotra Kaur Pillai",
    ),
    "japanese": _names(
        "Yuki Haruka Sakura Aiko Keiko Mariko Naomi Ayumi",
        "Hiroshi Kenji Takeshi Daichi Satoshi Ryo Kazuki Shinji",
        "Sato Suzuki Takahashi Tanaka Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Matsumoto Inoue Mori",
    ),
    "chinese": _names(
        "Mei Xiaoyan Jing Li-Hua Yan Hui-Min Ying Serene",
        "Wei Jun Zhiqiang Ming Hao Guowei Jia-Hao Desmond",
        "Wang Li Zhang Chen Liu Tan Lim Wong Ng Zhao Huang Xu Goh",
    ),
    "arabic": _names(
        "Fatima Layla Noor Aisha Mariam Huda Salma Rania",
        "Ahmed Mohammed Omar Khalid Yousef Tariq Hassan Faisal",
        "Al-Mansoori Haddad El-Sayed Khoury Al-Farsi Nasser Rahman Saleh Darwish Abdulla Bakr Mahfouz",
    ),
    "brazilian": _names(
        "Juliana Fernanda Beatriz Larissa Camila Thaís Letícia Patrícia",
        "João Thiago Gustavo Rafael Caio Vinícius Leonardo Márcio",
        "Silva Santos Oliveira Souza Ferreira Araújo Gonçalves Conceição Barbosa dos_Anjos Teixeira Assunção",
    ),
    "turkish": _names(
        "Elif Zeynep Ayşe Defne Gülşen Selin",
        "Mehmet Mustafa Emre Burak Çağlar Ömer",
        "Yılmaz Kaya Demir Çelik Şahin Öztürk Aydın Koç Güneş",
    ),
    "african": _names(
        "Chiamaka Nomvula Amara Thandiwe Zanele Ngozi Lerato Folake",
        "Chinedu Sipho Kwame Tunde Thabo Emeka Mandla Olumide",
        "Okafor Dlamini Nkosi Adeyemi Mensah Botha van_Wyk Ndlovu Eze Mokoena Balogun Pretorius",
    ),
}

NICKNAMES: dict[str, str] = {
    "Jennifer": "Jen",
    "Kimberly": "Kim",
    "Katherine": "Kate",
    "Michael": "Mike",
    "Robert": "Bob",
    "Christopher": "Chris",
    "William": "Bill",
    "Gregory": "Greg",
    "Timothy": "Tim",
    "Andrew": "Andy",
    "Jeffrey": "Jeff",
    "Charlotte": "Charlie",
    "Georgina": "Georgie",
    "Francesca": "Franca",
    "Alessandro": "Sandro",
    "Aleksandra": "Ola",
    "Katarzyna": "Kasia",
    "Małgorzata": "Gosia",
    "Mohammed": "Mo",
    "Guadalupe": "Lupe",
}
