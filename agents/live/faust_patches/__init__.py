"""What we change in Faust and aiokafka, all in one place."""
