"""Which equalities hold, as tables of named laws."""
