"""Money in form fields and files: people write units of the currency, the portal keeps minor units."""

import re

from portal.engine.currencies import decimals_of

# ISO 4217, list one: the currencies that people pay with.
CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD "
    "UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)


def minor_units(text: str, currency: str | None) -> int | None:
    """`10`, `10.5` or `10.50` as minor units; None for what is no amount of that currency, such as 10.505 USD."""
    places = decimals_of(currency)
    match = re.fullmatch(r"(-?)(\d{1,15})(?:\.(\d+))?", text.strip(), re.ASCII)
    if match is None or len(match.group(3) or "") > places:
        return None
    sign, whole, rest = match.groups()
    return int(f"{sign}{whole}{(rest or '').ljust(places, '0')}")


def plain(minor: int, currency: str | None) -> str:
    """Minor units as a number that a form field takes: 1050 USD is `10.50`, 1050 JPY is `1050`."""
    places = decimals_of(currency)
    sign, digits = "-" if minor < 0 else "", str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
