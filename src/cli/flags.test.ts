import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { createProgram } from './program.ts'

const silent = { out: () => undefined, err: () => undefined, isInteractive: false }

/** All commands that do something, by their whole names. */
function leavesOf(command: Command, name = ''): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[name.trim(), command]]
  return command.commands.flatMap((each) => leavesOf(each, `${name} ${each.name()}`))
}

const shown = leavesOf(createProgram(silent)).filter(([name]) => name !== 'serve-in-background')

/** What concerns no cluster has none to be named. */
const withoutCluster = ['version', 'completion']

for (const [name, command] of shown) {
  const flags = command.options.map(({ flags: text }) => text)

  if (!withoutCluster.includes(name)) {
    test(`knarr ${name} names its cluster as every command does`, () => {
      assert.ok(flags.includes('--data-dir <directory>'), flags.join('; '))
    })
  }

  if (name !== 'completion') {
    test(`knarr ${name} prints its result in the same formats as every command`, () => {
      assert.ok(flags.includes('-o, --output <format>'), flags.join('; '))
    })
  }

  test(`knarr ${name} names a namespace as every command does, if at all`, () => {
    const namespaces = flags.filter((each) => each.includes('namespace') || each.startsWith('-n'))
    assert.deepEqual(
      namespaces.filter((each) => each !== '-n, --namespace <namespace>'),
      [],
    )
    const takesObject = command.registeredArguments.some((each) =>
      /type\/name|target/.test(each.name()),
    )
    assert.equal(namespaces.length > 0, takesObject)
  })
}

test('the data directory that the help shows is the one that is used', () => {
  const defaults = shown.flatMap(([, { options }]) =>
    options.filter(({ long }) => long === '--data-dir').map(({ defaultValue }) => defaultValue),
  )
  assert.equal(new Set(defaults).size, 1)
})
