select country from c
