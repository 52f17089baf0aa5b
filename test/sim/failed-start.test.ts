import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { command, freePort } from '../fixture/real-cluster.ts'
import { knarr } from '../fixture/tools.ts'

/** Command lines of the processes of this machine that name a directory. */
function processesOf(dataDir: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })
    .filter((line) => line.includes(dataDir))
}

for (const how of [['--detach'], []]) {
  const where = how.length > 0 ? 'the background' : 'the foreground'
  test(`a start in ${where} whose nodes are not Ready in time leaves no process`, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'knarr-failed-'))
    try {
      const port = String(await freePort())
      const options = ['--ready-timeout', '1ms', '--port', port, '--data-dir', dataDir]
      const { code, stderr } = await command(knarr, ['up', '--sim', ...how, ...options])
      assert.equal(code, 1)
      assert.match(stderr, /not all nodes were Ready within 0\.001 s/)
      assert.deepEqual(processesOf(dataDir), [])
      assert.equal((await command(knarr, ['status', '--data-dir', dataDir])).code, 1)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
}
