/*---
key: [country]
select 1
