"""A model and arrays in, frozen results of plain arrays out; never draws."""
