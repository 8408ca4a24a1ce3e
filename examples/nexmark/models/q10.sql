/*---
description: Bids with the minute whose file they go to.
---*/
select auction, bidder, price, date_time, extra, to_char(date_time, 'YYYY-MM-DD_HH24-MI') as minute
from bid
