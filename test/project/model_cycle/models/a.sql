select country from b
