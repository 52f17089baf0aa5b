/**
 * Lists over a real connection: how long each takes, and how long it holds the server's event loop.
 * Run with `node bench/lists.ts [pods]`.
 */
import { Agent, request } from 'node:https'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { silentLogger, systemClock } from '#lib'
import { makeTestCertificates } from '../src/apiserver/http/certificates-fixture.ts'
import { serveHttps } from '../src/apiserver/http/serve-https.ts'
import { openBenchedApi } from './open-api.ts'

const json = 'application/json'
const protobuf = 'application/vnd.kubernetes.protobuf'
const user = { name: 'bench', groups: ['system:masters'] }
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const metadata = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'

interface Question {
  readonly name: string
  readonly query: string
  readonly accept: string
  readonly gzip?: boolean
  /** Follows `continue` to the end. */
  readonly pages?: boolean
}

const questions: readonly Question[] = [
  { name: 'JSON', query: '', accept: json },
  { name: 'JSON, gzip', query: '', accept: json, gzip: true },
  { name: 'JSON, resourceVersion=0', query: 'resourceVersion=0', accept: json },
  { name: 'JSON, the first 500', query: 'limit=500', accept: json },
  { name: 'JSON, pages of 500', query: 'limit=500', accept: json, pages: true },
  { name: 'JSON, one in a hundred by label', query: 'labelSelector=shard%3D3', accept: json },
  { name: 'protobuf', query: '', accept: protobuf },
  { name: 'protobuf, the first 500', query: 'limit=500', accept: protobuf },
  { name: 'Table', query: '', accept: table },
  { name: 'PartialObjectMetadata', query: '', accept: metadata },
]

interface Ask {
  readonly port: number
  readonly question: Question
}

interface Answer {
  readonly ms: number
  readonly bytes: number
}

async function main(count: number): Promise<void> {
  const certificates = await makeTestCertificates()
  await using api = await createFilled(count)
  await using server = await serveHttps({
    handler: (incoming, signal) => api.handle({ ...incoming, user }, signal),
    tls: { ...certificates.server, clientAuthorities: certificates.authority },
    address: '127.0.0.1',
    port: 0,
    clock: systemClock,
    log: silentLogger,
  })
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { authority: certificates.authority },
  })
  console.log(`${count} pods`)
  console.log(
    '| list | first, ms | holds, ms | again, ms | holds, ms | KiB |\n|---|--:|--:|--:|--:|--:|',
  )
  for (const question of questions) {
    const first = await held(() => ask(worker, { port: server.port, question }))
    const again = await held(() => ask(worker, { port: server.port, question }))
    const figures = [first.ms, first.holdMs, again.ms, again.holdMs, again.bytes / 1024]
    console.log(`| ${question.name} | ${figures.map((each) => each.toFixed(0)).join(' | ')} |`)
  }
  await worker.terminate()
}

async function createFilled(count: number) {
  const api = await openBenchedApi(systemClock)
  const headers = { accept: json, 'content-type': json }
  for (let index = 0; index < count; index++) {
    const answer = await api.handle(
      {
        method: 'POST',
        path: `/api/v1/namespaces/${index % 2 === 0 ? 'default' : 'shop'}/pods`,
        query: new URLSearchParams(),
        headers,
        user,
        body: { kind: 'value', value: pod(index) },
      },
      new AbortController().signal,
    )
    if (answer.status !== 201) throw new Error(`a pod was refused with ${answer.status}`)
  }
  return api
}

function pod(index: number) {
  const container = (name: string) => ({
    name,
    image: 'registry.example/web:1.2.3',
    ports: [{ name: 'http', containerPort: 8080 }],
    env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value ${i}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
    livenessProbe: { httpGet: { path: '/alive', port: 8080 }, periodSeconds: 5 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${index}`,
      labels: { app: 'web', shard: String(index % 100), 'pod-template-hash': 'abcdef1234' },
      annotations: { 'example.com/checksum': '0123456789abcdef'.repeat(4) },
    },
    spec: {
      nodeName: `node-${index % 100}`,
      containers: [container('main'), container('sidecar')],
      volumes: [{ name: 'config', configMap: { name: 'web' } }],
    },
  }
}

/** The longest time that the event loop was held while something went on. */
async function held<T extends object>(work: () => Promise<T>): Promise<T & { holdMs: number }> {
  let holdMs = 0
  let last = systemClock.monotonicMs()
  const look = () => {
    const now = systemClock.monotonicMs()
    holdMs = Math.max(holdMs, now - last)
    last = now
  }
  const interval = setInterval(look, 1)
  const result = await work()
  look()
  clearInterval(interval)
  return { ...result, holdMs }
}

function ask(worker: Worker, question: Ask): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>()
  worker.once('message', resolve)
  worker.postMessage(question)
  return promise
}

/** The client, in a thread of its own so that it does not hold the server's. */
async function answerQuestions({ authority }: { readonly authority: string }): Promise<void> {
  const agent = new Agent({ keepAlive: true, ca: authority })
  parentPort?.on('message', async ({ port, question }: Ask) => {
    const start = systemClock.monotonicMs()
    let bytes = 0
    let next: string | undefined = ''
    while (next !== undefined) {
      const more = next === '' ? '' : `&continue=${encodeURIComponent(next)}`
      const body = await get(agent, port, question, more)
      bytes += body.length
      next = question.pages ? continuationIn(body) : undefined
    }
    parentPort?.postMessage({ ms: systemClock.monotonicMs() - start, bytes })
  })
}

function continuationIn(body: Buffer): string | undefined {
  return /"continue":"([^"]+)"/.exec(body.subarray(0, 1000).toString())?.[1]
}

function get(agent: Agent, port: number, question: Question, more: string): Promise<Buffer> {
  const headers = {
    accept: question.accept,
    ...(question.gzip && { 'accept-encoding': 'gzip' }),
  }
  const path = `/api/v1/pods?${question.query}${more}`
  return new Promise((resolve, reject) => {
    const sent = request({ agent, host: '127.0.0.1', port, path, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part) => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts)))
    })
    sent.on('error', reject)
    sent.end()
  })
}

if (isMainThread) await main(Number(process.argv[2] ?? 5000))
else await answerQuestions(workerData as { readonly authority: string })
