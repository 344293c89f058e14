"""The history as pandas DataFrames, for analysts: types that keep what is missing apart from zero, local times."""
