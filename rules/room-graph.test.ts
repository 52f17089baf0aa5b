import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { projectOf } from './house/project.ts'
import { drawn, roomsOf } from './room-graph.ts'

test('the graph of rooms leaves out what follows from other lines, and the rooms below all', () => {
  const imports = Object.fromEntries(
    ['lib', 'store', 'server', 'cluster'].map((room) => [`#${room}`, `./src/${room}/index.ts`]),
  )
  const project = projectOf(
    {
      'src/cluster/index.ts': "import '#server'\nimport '#store'\nimport '#lib'",
      'src/server/index.ts': "import '#store'",
      'src/store/index.ts': "import '#lib'",
      'src/lib/index.ts': '',
    },
    imports,
  )
  assert.equal(
    drawn(roomsOf(project)),
    '```mermaid\nflowchart TD\n  cluster --> server\n  server --> store\n```\n',
  )
})

test('the graph of rooms in ARCHITECTURE.md is that of the code', () => {
  const root = join(import.meta.dirname, '..')
  execFileSync(process.execPath, ['rules/room-graph.ts', '--check'], { cwd: root })
})
