"""One thing done with Django's ORM over django-salesforce, its result printed as JSON: `steps.py STEP ARGUMENTS`."""

import io
import json
import os
import sys

import django
from django.conf import settings

FACTS = json.loads(os.environ["ORG_FACTS"])
settings.configure(
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
        "salesforce": {
            "ENGINE": "salesforce.backend",
            "CONSUMER_KEY": FACTS["client_id"],
            "CONSUMER_SECRET": FACTS["client_secret"],
            "USER": FACTS["username"],
            "PASSWORD": FACTS["password"] + FACTS["security_token"],
            "HOST": FACTS["login_url"],
        },
    },
    DATABASE_ROUTERS=["salesforce.router.ModelRouter"],
    INSTALLED_APPS=["salesforce"],
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db.models import Count, Q  # noqa: E402
from salesforce import models  # noqa: E402


class Account(models.SalesforceModel):
    """An account."""

    name = models.CharField(max_length=255)
    industry = models.CharField(max_length=40, null=True)

    class Meta:
        """Where it belongs."""

        app_label = "salesforce"
        managed = False


class Contact(models.SalesforceModel):
    """A contact with its account."""

    last_name = models.CharField(max_length=80)
    account = models.ForeignKey(Account, models.DO_NOTHING, null=True, custom=False)

    class Meta:
        """Where it belongs."""

        app_label = "salesforce"
        managed = False


class Lead(models.SalesforceModel):
    """A lead."""

    last_name = models.CharField(max_length=80)
    company = models.CharField(max_length=255)
    email = models.EmailField(null=True)
    status = models.CharField(max_length=255, default=models.DEFAULTED_ON_CREATE)
    employees = models.IntegerField(db_column="NumberOfEmployees", null=True)
    created = models.DateTimeField(db_column="CreatedDate", sf_read_only=models.READ_ONLY)

    class Meta:
        """Where it belongs."""

        app_label = "salesforce"
        managed = False


def query():
    """Read every lead."""
    return [[one.pk, one.last_name, one.email, one.employees] for one in Lead.objects.order_by("pk")]


def filtered():
    """Read with conditions, over a parent, grouped, and counted."""
    big = Lead.objects.filter(Q(status="New") | Q(status="Working"), employees__gte=100).exclude(email=None)
    joined = Contact.objects.filter(account__industry="Technology").select_related("account").order_by("pk")
    groups = Lead.objects.order_by("status").values("status").annotate(many=Count("pk"))
    return {
        "big": sorted(one.pk for one in big),
        "like": sorted(one.pk for one in Lead.objects.filter(last_name__istartswith="ma")),
        "in": sorted(one.pk for one in Lead.objects.filter(status__in=["New", "Nurturing"])),
        "joined": [[one.pk, one.account.name] for one in joined],
        "groups": [[one["status"], one["many"]] for one in groups],
        "count": Lead.objects.count(),
    }


def life():
    """Make, change, read and delete one, then several at once."""
    one = Lead.objects.create(last_name="Django", company="Acme")
    one.company = "Beta"
    one.save()
    read = Lead.objects.get(pk=one.pk).company
    one.delete()
    many = Lead.objects.bulk_create([Lead(last_name=f"Django {n}", company="Many") for n in range(5)])
    changed = Lead.objects.filter(company="Many").update(company="Changed")
    made = Lead.objects.filter(company="Changed").count()
    Lead.objects.filter(company="Changed").delete()
    left = Lead.objects.filter(company="Changed").count() + Lead.objects.filter(last_name="Django").count()
    return {"read": read, "many": len(many), "changed": changed, "made": made, "left": left}


def inspect():
    """Write models for what the org describes."""
    written = io.StringIO()
    call_command("inspectdb", "--database=salesforce", "--table-filter=^(Lead|Account)$", stdout=written)
    return written.getvalue()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]]()))
