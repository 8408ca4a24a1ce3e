select countri from revenue
