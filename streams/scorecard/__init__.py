"""The scorecard of a site after the standard: what its figures prove, beside what its assessor found."""
