select country from a
