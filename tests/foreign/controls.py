"""Every shipped control file against the published schema, by a validator that nobody here wrote."""

import json
import pathlib
import sys
import tomllib

import fastjsonschema

root = pathlib.Path(sys.argv[1])
validate = fastjsonschema.compile(json.loads((root / "docs/control-schema.json").read_text()))
files = sorted((root / "baselines/controls").glob("*/*.toml"))
if not files:
    sys.exit("error: there are no control files")
for file in files:
    control = tomllib.loads(file.read_text())
    try:
        validate(control)
    except fastjsonschema.JsonSchemaException as error:
        sys.exit(f"error: {file}: {error}")
    control["severty"] = "high"
    try:
        validate(control)
    except fastjsonschema.JsonSchemaException:
        continue
    sys.exit(f"error: {file}: an unknown key is let through")
print(f"{len(files)} control files match the schema")
