"""Who spent how much on which backend: as a table, as a spreadsheet and as a chart."""
