"""States and provinces of the countries for which the simulated store's list has any, by ISO 3166-1 alpha-2 code."""

import re


def _read(text: str) -> tuple[tuple[str, str], ...]:
    """(abbreviation, full name) pairs of `AL Alabama · AK Alaska`."""
    pairs = (re.sub(r"\s+", " ", part).strip().partition(" ") for part in text.split("·"))
    return tuple((short, name) for short, _, name in pairs)


STATES: dict[str, tuple[tuple[str, str], ...]] = {
    "AU": _read("""
        ACT Australian Capital Territory · NSW New South Wales · NT Northern Territory · QLD Queensland · SA
        South Australia · TAS Tasmania · VIC Victoria · WA Western Australia
    """),
    "CA": _read("""
        AB Alberta · BC British Columbia · MB Manitoba · NB New Brunswick · NL Newfoundland and Labrador ·
        NT Northwest Territories · NS Nova Scotia · NU Nunavut · ON Ontario · PE Prince Edward Island · QC
        Quebec · SK Saskatchewan · YT Yukon
    """),
    "ES": _read("""
        C A Coruña · VI Álava · AB Albacete · A Alicante · AL Almería · O Asturias · AV Ávila · BA Badajoz ·
        B Barcelona · BU Burgos · CC Cáceres · CA Cádiz · S Cantabria · CS Castellón · CR Ciudad Real · CO
        Córdoba · CU Cuenca · GI Girona · GR Granada · GU Guadalajara · SS Guipúzcoa · H Huelva · HU Huesca
        · PM Illes Balears · J Jaén · LO La Rioja · GC Las Palmas · LE León · L Lleida · LU Lugo · M Madrid
        · MA Málaga · MU Murcia · NA Navarra · OR Ourense · P Palencia · PO Pontevedra · SA Salamanca · TF
        Santa Cruz de Tenerife · SG Segovia · SE Sevilla · SO Soria · T Tarragona · TE Teruel · TO Toledo ·
        V Valencia · VA Valladolid · BI Vizcaya · ZA Zamora · Z Zaragoza
    """),
    "US": _read("""
        AL Alabama · AK Alaska · AZ Arizona · AR Arkansas · CA California · CO Colorado · CT Connecticut ·
        DE Delaware · DC District of Columbia · FL Florida · GA Georgia · HI Hawaii · ID Idaho · IL Illinois
        · IN Indiana · IA Iowa · KS Kansas · KY Kentucky · LA Louisiana · ME Maine · MD Maryland · MA
        Massachusetts · MI Michigan · MN Minnesota · MS Mississippi · MO Missouri · MT Montana · NE Nebraska
        · NV Nevada · NH New Hampshire · NJ New Jersey · NM New Mexico · NY New York · NC North Carolina ·
        ND North Dakota · OH Ohio · OK Oklahoma · OR Oregon · PA Pennsylvania · PR Puerto Rico · RI Rhode
        Island · SC South Carolina · SD South Dakota · TN Tennessee · TX Texas · UT Utah · VT Vermont · VA
        Virginia · WA Washington · WV West Virginia · WI Wisconsin · WY Wyoming
    """),
}
