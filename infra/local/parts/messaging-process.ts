import { type ListenOptions, Server } from 'node:net';
import { startFauxqs } from 'fauxqs';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import { LOCAL_HOST } from '../machine/free-port.ts';
import { BucketNotification, queuesToNotify } from '../object-notifications/bucket-notifications.ts';
import { type CreatedObject, objectCreated, Sequencer } from '../object-notifications/object-created.ts';
import { watchObjectStore } from '../object-notifications/object-store.ts';
import { keepReturnedMessages, moveMessagesAtOnce, renameKeptQueues } from './kept-messages.ts';
import { redriveUndeliverable } from './undeliverable-notifications.ts';

/**
 * SNS, SQS and S3 on one port of 127.0.0.1, by fauxqs. Arguments: port (0: any free port), region, the buckets' notifications in JSON
 * and, to keep the data, a folder. Prints `ready PORT`. Ends when its standard input ends, which means that its parent has ended.
 */
const [port = '0', region = '', notificationsJson = '[]', dataDir] = process.argv.slice(2);
const notifications = parseJson(z.array(BucketNotification), notificationsJson);

// fauxqs always listens on every interface. This replaces the address in its call of `listen`.
const listen = Server.prototype.listen;
Server.prototype.listen = function listenLocally(this: Server, ...args: unknown[]): Server {
  const [options, ...rest] = args;
  const local: ListenOptions = { ...(typeof options === 'object' ? options : {}), host: LOCAL_HOST };
  return Reflect.apply(listen, this, [local, ...rest]);
};

const sequencer = new Sequencer();
// Message and object are on disk before the response, so that both survive a kill of this process.
await watchObjectStore((eventName, bucket, { key, contentLength, etag, lastModified }) => {
  const object: CreatedObject = {
    eventName,
    bucket,
    key,
    size: contentLength,
    eTag: etag.replaceAll('"', ''),
    createdAt: lastModified,
    sequencer: sequencer.next(),
  };
  const message = JSON.stringify(objectCreated(object));
  for (const queue of queuesToNotify(notifications, object)) server.sendMessage(queue, message);
});

await keepReturnedMessages();
await moveMessagesAtOnce();
await redriveUndeliverable();
if (dataDir !== undefined) renameKeptQueues(dataDir);
const server = await startFauxqs({
  port: Number(port),
  defaultRegion: region,
  logger: false,
  ...(dataDir === undefined ? {} : { dataDir }),
});

process.stdin.resume().once('end', () => {
  void server.stop().finally(() => process.exit(0));
});
console.log(`ready ${server.port}`);
