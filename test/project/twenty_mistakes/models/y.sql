select n from x
