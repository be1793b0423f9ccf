// Owns a process that drains the inbox once, for tests that kill it.
import { connectDatabase } from '#db/connection.ts';
import { drainOver } from './usage.ts';

const sql = connectDatabase({ url: process.env['DATABASE_URL'] ?? '', max: 2 });
await drainOver(sql).run(new AbortController().signal);
await sql.end();
