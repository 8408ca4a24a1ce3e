select country from revenue
