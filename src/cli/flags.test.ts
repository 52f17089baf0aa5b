import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
const withoutCluster = ['version', 'completion', 'drill', 'twin']

/** What to do about an option that a command lacks. */
function hint(option: string, flags: readonly string[]): string {
  return `add ${option} of src/cli/options/options.ts; it has ${flags.join('; ')}`
}

for (const [name, command] of shown) {
  const flags = command.options.map(({ flags: text }) => text)

  if (!withoutCluster.includes(name)) {
    test(`knarr ${name} names its cluster as every command does`, () => {
      assert.ok(flags.includes('--data-dir <directory>'), hint('dataDirOption()', flags))
    })
  }

  if (name !== 'completion') {
    test(`knarr ${name} prints its result in the same formats as every command`, () => {
      assert.ok(flags.includes('-o, --output <format>'), hint('outputOption()', flags))
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
    if (takesObject) assert.equal(namespaces.length, 1, 'an object is one of a namespace: -n')
  })
}

test('every command stands in the documentation', () => {
  const root = join(import.meta.dirname, '../..')
  const text = ['README.md', 'docs/*.md']
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
  const names = new Set(shown.map(([name]) => name.split(' ')[0]))
  const missing = [...names].filter((name) => !text.includes(`knarr ${name}`))
  assert.deepEqual(missing, [], 'README.md or a page of docs/ says what it is for')
})

test('the data directory that the help shows is the one that is used', () => {
  const defaults = shown.flatMap(([, { options }]) =>
    options.filter(({ long }) => long === '--data-dir').map(({ defaultValue }) => defaultValue),
  )
  assert.equal(new Set(defaults).size, 1)
})
