select n from y
