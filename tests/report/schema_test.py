"""The golden JSON and SARIF against their published schemas; and that the schemas refuse what is wrong."""
import copy
import json
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

import jsonschema

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(sys.argv[1])


def read(path):
    return json.loads(path.read_text())


class Schema(unittest.TestCase):
    def check(self, schema_path, names):
        schema = read(schema_path)
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        for name in names:
            with self.subTest(name):
                validator(schema).validate(read(HERE / "golden" / name))
        return validator(schema)

    def test_json(self):
        validator = self.check(SOURCE / "docs" / "findings.schema.json", ["findings.json", "empty.json", "unverified.json", "repair.json"])
        good = read(HERE / "golden" / "findings.json")
        for change in [
            lambda d: d.pop("format"),
            lambda d: d.update(version=2),
            lambda d: d["findings"][0].pop("kind"),
            lambda d: d["findings"][0].update(kind="rust"),
            lambda d: d["findings"][0].update(count=0),
            lambda d: d["findings"][0]["parties"][0].pop("stack"),
            lambda d: d["findings"][0]["parties"][0]["stack"][0].update(line="12"),
        ]:
            bad = copy.deepcopy(good)
            change(bad)
            self.assertFalse(validator.is_valid(bad))

    def test_json_schema_lists_every_kind(self):
        table = (SOURCE / "runtime/include/gosan/finding_kinds.def").read_text()
        kinds = re.findall(r'^GOSAN_FINDING\(\w+,\s+"([a-z-]+)"', table, re.M)
        schema = read(SOURCE / "docs" / "findings.schema.json")
        self.assertEqual(schema["$defs"]["finding"]["properties"]["kind"]["anyOf"][1]["enum"], kinds)

    def test_sarif(self):
        validator = self.check(HERE / "schemas" / "sarif-2.1.0-rtm.5.json", ["findings.sarif", "empty.sarif", "unverified.sarif", "repair.sarif"])
        bad = read(HERE / "golden" / "findings.sarif")
        bad["runs"][0]["results"][0]["level"] = "fatal"
        self.assertFalse(validator.is_valid(bad))

    def test_sarif_has_a_thread_flow_per_party_and_a_fingerprint(self):
        findings = read(HERE / "golden" / "findings.json")["findings"]
        for finding, result in zip(findings, read(HERE / "golden" / "findings.sarif")["runs"][0]["results"], strict=True):
            known = [p for p in finding["parties"] if p["stack"] or p["created_at"]]
            self.assertEqual(len(result["codeFlows"][0]["threadFlows"]), len(known))
            self.assertEqual(list(result["partialFingerprints"].values()), [finding["fingerprint"]])

    def test_xml_is_well_formed(self):
        for name in ["findings.xml", "empty.xml", "unverified.xml", "findings.html"]:
            text = (HERE / "golden" / name).read_text().removeprefix("<!DOCTYPE html>\n")
            xml.etree.ElementTree.fromstring(text)

    def test_page_has_no_empty_element_but_meta(self):
        self.assertEqual(re.findall(r"<(?!meta)[^>]*/>", (HERE / "golden" / "findings.html").read_text()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
