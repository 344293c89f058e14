"""The report as a document to hand over: what stands in it beside the figures by queue and item."""
