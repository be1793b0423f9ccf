// Owns the receivers of the webhook benchmark: /fast answers at once, /hang never does.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
  request.resume();
  request.on('end', () => {
    if (request.url?.startsWith('/fast')) response.writeHead(204).end();
  });
  request.on('error', () => undefined);
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('message', (message) => {
  if (message === 'memory') process.send?.({ rss: process.memoryUsage.rss(), cpu: process.cpuUsage() });
});
process.on('disconnect', () => process.exit(0));
