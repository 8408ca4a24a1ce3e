/*---
key: [country]
---*/
