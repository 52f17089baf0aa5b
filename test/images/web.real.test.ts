import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'

const port = 18_480
const base = `http://127.0.0.1:${port}`

describe("the tests' server", { concurrency: false }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'knarr-web-'))
  const program = join(directory, 'web')
  let server: ChildProcess | undefined

  before(() => {
    const source = join(import.meta.dirname, 'web', 'web.c')
    execFileSync('gcc', ['-O2', '-static', '-pthread', '-o', program, source])
  })
  after(() => {
    server?.kill('SIGKILL')
    rmSync(directory, { recursive: true })
  })

  function start(environment: Readonly<Record<string, string>>): ChildProcess {
    const env = { PORT: String(port), ...environment }
    server = spawn(program, [], { env, stdio: 'ignore' })
    return server
  }

  async function status(path: string): Promise<number> {
    return (await fetch(base + path).catch(() => undefined))?.status ?? 0
  }

  async function until(want: number, path: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await status(path)) === want) return
      await sleep(20)
    }
    assert.fail(`${path} never answered ${want}`)
  }

  it('is ready when told, and not when told otherwise', async () => {
    const process = start({ READY_AFTER_MS: '300' })
    await until(503, '/heartbeat')
    await until(200, '/heartbeat')
    assert.equal(await status('/ready/off'), 200)
    assert.equal(await status('/heartbeat'), 503)
    process.kill('SIGTERM')
    assert.deepEqual(await once(process, 'exit'), [0, null])
  })

  it('answers gRPC health checks by its readiness', async () => {
    const process = start({ GRPC_PORT: String(port + 1), GRPC_SERVICE: 'mine' })
    await until(200, '/heartbeat')
    const client = new Client(`127.0.0.1:${port + 1}`, credentials.createInsecure())
    const bytes = (value: Buffer) => value
    const check = (service: string) =>
      new Promise<string>((resolve) => {
        const name = Buffer.from(service)
        const request = service ? Buffer.concat([Buffer.of(10, name.length), name]) : Buffer.of()
        const answer = (error: ServiceError | null, value?: Buffer) =>
          resolve(error ? `code ${error.code}` : `status ${value?.[1]}`)
        client.makeUnaryRequest('/grpc.health.v1.Health/Check', bytes, bytes, request, answer)
      })
    assert.deepEqual(
      [await check(''), await check('mine'), await check('other')],
      ['status 1', 'status 1', 'code 5'],
    )
    await status('/ready/off')
    assert.equal(await check(''), 'status 2')
    client.close()
    process.kill('SIGTERM')
    await once(process, 'exit')
  })

  it('fails no request while it drains', async () => {
    // Far longer than the requests take, which a busy machine may hold up.
    const process = start({ DRAIN_MS: '2500', EXIT_CODE: '4' })
    await until(200, '/heartbeat')
    const ended = once(process, 'exit')
    const outlastsTheDrain = status('/slow?ms=4000')
    await sleep(50)
    process.kill('SIGTERM')
    for (let request = 0; request < 50; request++) assert.equal(await status('/'), 200)
    assert.equal(await outlastsTheDrain, 200)
    assert.deepEqual(await ended, [4, null])
    assert.equal(await status('/'), 0)
  })

  it('exits with the code that is asked for', async () => {
    const process = start({})
    await until(200, '/')
    const ended = once(process, 'exit')
    await status('/exit?code=7')
    assert.deepEqual(await ended, [7, null])
  })
})
