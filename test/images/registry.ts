import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Blob, ociImage } from '../../src/runtime/cri/containerd/archive/oci-archive.ts'
import { type ImageDefinition, imageDefinitions } from './definitions.ts'

export interface TestRegistry {
  readonly url: string
  /** `docker.io/library/nginx:latest` and its like resolve here, and nowhere else. */
  readonly mirrors: readonly {
    readonly registry: string
    readonly endpoints: readonly string[]
    readonly fallback: boolean
  }[]
  stop(): Promise<void>
}

export interface TestRegistryOptions {
  /** Default: `.cache/images` in the checkout. */
  readonly cacheDir?: string
  /** Default: a free one. */
  readonly port?: number
  /** Images besides those that every test has. */
  readonly images?: readonly ImageDefinition[]
}

const defaultCacheDir = join(import.meta.dirname, '../../.cache/images')

/**
 * Starts a registry on the loopback that has every image of the tests. Images are built once; a
 * later start finds them in the cache, unless a package or a source has changed.
 */
export async function startTestRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const { cacheDir = defaultCacheDir, port = await freePort(), images = [] } = options
  const url = `http://127.0.0.1:${port}`
  const server = serve(cacheDir, port)
  try {
    await answering(url, server)
    for (const definition of [...imageDefinitions, ...images])
      await publish(definition, url, cacheDir)
  } catch (error) {
    server.kill('SIGKILL')
    throw error
  }
  const registries = ['docker.io', 'registry.k8s.io']
  return {
    url,
    mirrors: registries.map((registry) => ({ registry, endpoints: [url], fallback: false })),
    stop: () => ended(server),
  }
}

/** Pushes one more image, for tests that make their own. */
async function pushImage(
  url: string,
  definition: ImageDefinition,
  cacheDir = defaultCacheDir,
): Promise<void> {
  const image = ociImage(definition.layers(cacheDir), definition.defaults)
  for (const blob of [...image.layers, image.config]) {
    await pushBlob(`${url}/v2/${definition.repository}`, blob)
  }
  for (const tag of definition.tags) {
    await put(`${url}/v2/${definition.repository}/manifests/${tag}`, image.manifest)
  }
}

async function publish(definition: ImageDefinition, url: string, cacheDir: string): Promise<void> {
  const stamp = join(cacheDir, 'stamps', definition.repository.replaceAll('/', '-'))
  const { repository, tags, defaults } = definition
  const inputs = JSON.stringify([definition.version(), tags, defaults, builderText()])
  const wanted = createHash('sha256').update(inputs).digest('hex')
  const isBuilt = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted
  if (isBuilt && (await hasTags(url, repository, tags))) return
  await pushImage(url, definition, cacheDir)
  mkdirSync(join(cacheDir, 'stamps'), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** What the images are built with is an input too. */
function builderText(): string {
  return ['debian-files.ts', 'definitions.ts']
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join('')
}

async function hasTags(url: string, repository: string, tags: readonly string[]): Promise<boolean> {
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const answers = await Promise.all(
    tags.map((tag) =>
      fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: 'HEAD', headers: { accept } }),
    ),
  )
  return answers.every(({ ok }) => ok)
}

async function pushBlob(base: string, blob: Blob): Promise<void> {
  const present = await fetch(`${base}/blobs/${blob.digest}`, { method: 'HEAD' })
  if (present.ok) return
  const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' })
  const location = new URL(begun.headers.get('location') ?? '', base)
  location.searchParams.set('digest', blob.digest)
  await put(location.href, { ...blob, mediaType: 'application/octet-stream' })
}

async function put(url: string, { mediaType, bytes }: Blob): Promise<void> {
  const headers = { 'content-type': mediaType }
  const answer = await fetch(url, { method: 'PUT', headers, body: Buffer.from(bytes) })
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status} ${await answer.text()}`)
}

function serve(cacheDir: string, port: number): ChildProcess {
  const storage = join(cacheDir, 'registry')
  mkdirSync(storage, { recursive: true })
  const config = join(cacheDir, `registry-${port}.yml`)
  writeFileSync(
    config,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${JSON.stringify(storage)} } }
http: { addr: "127.0.0.1:${port}" }
`,
  )
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
  process.once('exit', () => server.kill('SIGKILL'))
  return server
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  let failure: Error | undefined
  server.on('error', (error) => {
    failure = error
  })
  for (let attempt = 0; attempt < 500; attempt++) {
    if (failure) throw failure
    if (server.exitCode !== null) throw new Error('docker-registry ended at once')
    const answer = await fetch(`${url}/v2/`).catch(() => undefined)
    if (answer?.ok) return
    await sleep(20)
  }
  throw new Error(`docker-registry does not answer at ${url}`)
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
