"""Labels as a table writes them, made the labels to learn: decided once, by all rows of a drop."""
