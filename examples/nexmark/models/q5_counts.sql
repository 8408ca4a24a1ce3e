/*---
description: Bids per auction in ten seconds, every two seconds.
key: [window_start, window_end, auction]
---*/
select window_start, window_end, auction, count(*) as bids
from hop(bid, date_time, interval '2 seconds', interval '10 seconds')
group by window_start, window_end, auction
