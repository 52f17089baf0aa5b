import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../fixture/real-cluster.ts'
import { knarr } from '../fixture/tools.ts'

interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(knarr, [...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? 1 : 0,
        stdout,
        stderr,
      })
    })
  })
}

async function inDataDir(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'knarr-cli-'))
  try {
    await work(dataDir)
  } finally {
    await run('down', '--data-dir', dataDir, '--delete-data')
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Processes and mounts of this machine that name a directory. */
function tracesOf(directory: string): readonly string[] {
  const files = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/cmdline`)
  const lines = [...files, '/proc/self/mounts'].flatMap((path) => {
    try {
      return readFileSync(path, 'utf8').split('\n')
    } catch {
      // It ended in the meantime.
      return []
    }
  })
  return lines.filter((line) => line.includes(directory))
}

test('help has examples, versions are told, a wrong command says where help is', async () => {
  assert.match((await run('up', '--help')).stdout, /Examples:/)
  assert.match((await run('version')).stdout, /^knarr \d+\.\d+\.\d+ \(Kubernetes v1\.36/)
  assert.equal(
    JSON.parse((await run('version', '-o', 'json')).stdout).kubernetes.slice(0, 5),
    'v1.36',
  )
  const wrong = await run('upp')
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.stderr, /unknown command 'upp'/)
  assert.match((await run('completion', 'bash')).stdout, /complete .*knarr/)
})

test('without a cluster every command says so and what to do', async () => {
  for (const command of ['status', 'log', 'kubeconfig', 'down']) {
    const { code, stderr } = await run(command, '--data-dir', '/nonexistent/knarr')
    assert.equal(code, 1, command)
    assert.match(stderr, /^error: .*\n {2}\S/, command)
  }
})

test('options that make no sense are refused before anything starts', async () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['--port', '70000'], /from 1 to 65535/],
    [['--registry-mirror', 'docker.io'], /REGISTRY=URL/],
    [['--registries-file', '/nonexistent/registries.yaml'], /there is no file/],
    [['--nodes', '0'], /from 1 to/],
    [['--nodes', '21'], /too many for one machine/],
    [['--node-monitor-period', 'soon'], /10s, 1m30s/],
  ]
  for (const [options, message] of cases) {
    const { code, stderr } = await run('up', '--data-dir', '/nonexistent/knarr', ...options)
    assert.notEqual(code, 0)
    assert.match(stderr, message)
  }
})

test('a port that is taken is named, and nothing is left running', async () => {
  await inDataDir(async (dataDir) => {
    const port = await freePort()
    const server = createServer().listen(port, '0.0.0.0')
    await new Promise((resolve) => server.once('listening', resolve))
    const { code, stderr } = await run(
      'up',
      '--detach',
      '--data-dir',
      dataDir,
      '--port',
      String(port),
    )
    server.close()
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`${port}.*in use|in use.*${port}`))
    assert.equal((await run('status', '--data-dir', dataDir)).code, 1)
  })
})

for (const how of [['--detach'], []]) {
  const where = how.length > 0 ? 'the background' : 'the foreground'
  test(`a start in ${where} whose node is not Ready in time leaves nothing`, async () => {
    await inDataDir(async (dataDir) => {
      const place = ['--data-dir', dataDir, '--port', String(await freePort())]
      const { code, stderr } = await run('up', ...how, ...place, '--ready-timeout', '1ms')
      assert.equal(code, 1)
      assert.match(stderr, /the nodes were not Ready within 0\.001 s/)
      assert.deepEqual(tracesOf(dataDir), [])
      // What is kept is enough to start with.
      assert.equal((await run('up', '--detach', ...place)).code, 0)
    })
  })
}

test('up twice is one cluster; the old eviction flag is accepted and explained; keys are private', async () => {
  await inDataDir(async (dataDir) => {
    const up = ['up', '--detach', '--data-dir', dataDir, '--port', String(await freePort())]
    const first = await run(
      ...up,
      '--pod-eviction-timeout=10s',
      '--node-monitor-grace-period=10s',
      '--node-monitor-period=2s',
    )
    assert.equal(first.code, 0, first.stderr)
    assert.match(first.stderr, /--pod-eviction-timeout has no effect since Kubernetes 1\.27/)
    assert.match(first.stdout, /Ready[\s\S]*export KUBECONFIG=/)
    const again = await run(...up)
    assert.equal(again.code, 0)
    assert.match(again.stderr, /running already/)
    const status = JSON.parse((await run('status', '--data-dir', dataDir, '-o', 'json')).stdout)
    assert.equal(status.running, true)
    assert.equal(status.nodes[0].ready, true)
    const why = await run('why', `node/${status.nodes[0].name}`, '--data-dir', dataDir)
    assert.match(why.stdout, /is Ready True\n {2}.*wrote nodes/, why.stderr)
    assert.match((await run('log', '--data-dir', dataDir)).stdout, /^\S+ \S+ create \S+/)
    for (const file of ['kubeconfig', 'pki/ca.key', 'pki/service-account.key', 'state.json']) {
      assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, file)
    }
    const anonymous = await fetch(`${status.server}/healthz`).catch((error) => error)
    assert.ok(anonymous instanceof Error, 'its certificate is not one of the public authorities')
  })
})

test('when down returns, the process it stopped has ended', async () => {
  await inDataDir(async (dataDir) => {
    const port = String(await freePort())
    assert.equal((await run('up', '--detach', '--data-dir', dataDir, '--port', port)).code, 0)
    const { stdout } = await run('status', '--data-dir', dataDir, '-o', 'json')
    const { pid } = JSON.parse(stdout) as { pid: number }
    assert.equal(isRunning(pid), true)
    assert.equal((await run('down', '--data-dir', dataDir)).code, 0)
    assert.equal(isRunning(pid), false)
  })
})

/** Whether a process lives; one that only waits to be reaped does not. */
function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/stat`
  return existsSync(path) && !/\) Z /.test(readFileSync(path, 'utf8'))
}

test('a damaged state file is told, not trusted', async () => {
  await inDataDir(async (dataDir) => {
    writeFileSync(join(dataDir, 'state.json'), '{')
    const { code, stderr } = await run('status', '--data-dir', dataDir)
    assert.equal(code, 1)
    assert.match(stderr, /state\.json cannot be read/)
    rmSync(join(dataDir, 'state.json'))
  })
})
