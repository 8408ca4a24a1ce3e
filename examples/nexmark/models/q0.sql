/*---
description: Bids as they are.
---*/
select auction, bidder, price, date_time, extra from bid
