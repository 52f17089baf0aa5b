/**
 * The process that a soak is about: a control plane over a store on disk, behind HTTPS, without nodes. It tells
 * its parent process that it is ready, and how much memory is in use whenever the parent asks.
 *     node --expose-gc test/soak/server.ts PORT DIRECTORY
 */
import { join } from 'node:path'
import { writeHeapSnapshot } from 'node:v8'
import { serveHttps } from '#apiserver'
import { defaultClusterOptions } from '#cluster'
import { createLogger, systemClock, systemRandom } from '#lib'
import { openDurableStore } from '#store'
import { createControlPlane } from '../../src/cluster/control-plane/control-plane.ts'
import { ensurePki } from '../../src/cluster/pki/pki.ts'
import { fillHistory } from './fill-fixture.ts'
import type { Memory, MeterRequest } from './memory.ts'

const [port = '', directory = ''] = process.argv.slice(2)
const clock = systemClock
const random = systemRandom
const log = createLogger(clock, (line) => process.stderr.write(`${line}\n`), { level: 'error' })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

const serverHosts = ['127.0.0.1']
const pki = await ensurePki({ directory: join(directory, 'pki'), serverHosts, clock })
const place = { directory: join(directory, 'store'), boundBy: join(directory, 'identity') }
await using store = await openDurableStore({ ...place, clock })
await using plane = await createControlPlane(
  {
    ...defaultClusterOptions,
    ...{ store, clock, random, log, version: 'v1.36.0+soak' },
    tokenKey: pki.serviceAccountKey,
    rootCertificate: pki.authority.certificate,
    authority: pki.authority,
    descriptions: { type: () => undefined, field: () => undefined },
  },
  stop.signal,
)
await using _server = await serveHttps({
  handler: plane.server.handle,
  connectHandler: plane.server.connect,
  tls: {
    key: pki.server.key,
    certificate: pki.server.certificate,
    clientAuthorities: pki.authority.certificate,
  },
  address: '127.0.0.1',
  port: Number(port),
  clock,
  log,
})
await fillHistory(plane.server.handle)
const running = plane.run(stop.signal)

process.on('message', ({ snapshot }: MeterRequest) => {
  if (snapshot !== undefined) writeHeapSnapshot(snapshot)
  // The second time takes what finalizers of the first have let go.
  for (let round = 0; round < 2; round++) globalThis.gc?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  process.send?.({ heap: heapUsed, buffers: external, resident: rss } satisfies Memory)
})
process.send?.('ready')
await running
process.disconnect()
