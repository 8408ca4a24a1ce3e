/*---
key: [country
---*/
select 1 as one
