select revenue from revenue
