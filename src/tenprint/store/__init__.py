"""The one truth: engine, migrations, template and image tables, the change feed."""
