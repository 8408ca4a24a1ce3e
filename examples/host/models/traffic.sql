/*---
description: Mean and greatest traffic of each interface by minute, said once.
emit: on_close
---*/
select window_start, window_end, interface, avg(received_bytes) as received, avg(sent_bytes) as sent,
       max(received_bytes) as top_received
from tumble(network, at, interval '1 minute')
group by window_start, window_end, interface
