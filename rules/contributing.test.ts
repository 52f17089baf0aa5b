/** CONTRIBUTING names every file that an addition touches: each example stands in these and no other. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultRules } from '../src/api/sim/v1alpha1/fault/types.ts'

const root = join(import.meta.dirname, '..')

interface Addition {
  readonly title: string
  /** The name of one that is there already. */
  readonly example: string
  readonly from: string
  /** The places that a list names, each at the beginning of its line. */
  readonly places: readonly string[]
  /** Every path that is named at all. */
  readonly paths: readonly string[]
  /** What a list says to stand in a place: `name` in `place`. */
  readonly named: readonly (readonly [name: string, place: string])[]
}

function additionsIn(text: string): readonly Addition[] {
  const sections = text.split(/^### /m).slice(1)
  return sections.map((section) => {
    const [, example = '', from = ''] = section.match(/Example:\s+`([^`]+)`, from `([^`]+)`/) ?? []
    const places = [...section.matchAll(/^- `([^`]+)`:/gm)].map(([, path = '']) => path)
    const paths = [...section.matchAll(/`((?:src|docs|rules|scripts)\/[^`]+)`/g)].map(
      ([, path = '']) => path,
    )
    const named = [...section.matchAll(/`(\w+)`\s+in\s+`((?:src|rules|scripts)\/[^`]+)`/g)].map(
      ([, name = '', place = '']) => [name, place] as const,
    )
    return { title: section.split('\n')[0] ?? '', example, from, places, paths, named }
  })
}

const isForTests = (file: string) =>
  /\.test\.ts$|-fixture\.ts$|\/(?:fixture|conformance)\//.test(file)

/** What is wrong with one list, by the files that hold the name of its example. */
function faultsOf(addition: Addition, holders: readonly string[]): readonly string[] {
  const { example, from, places } = addition
  const covers = (place: string, file: string) =>
    place.endsWith('/') ? file.startsWith(place) : file === place
  const unnamed = holders.filter(
    (file) => !isForTests(file) && !places.some((place) => covers(place, file)),
  )
  const idle = places.filter((place) => !holders.some((file) => covers(place, file)))
  return [
    ...(example === '' || !places.includes(from)
      ? ['has no example of a place that it lists']
      : []),
    ...unnamed.map((file) => `does not name ${file}, where ${example} stands`),
    ...idle.map((place) => `names ${place}, where ${example} does not stand`),
  ]
}

const texts = ['src/**/*.ts', 'rules/**/*.ts', 'docs/*.md']
  .flatMap((pattern) => globSync(pattern, { cwd: root }))
  .filter((path) => !path.includes('/generated/'))
  .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const)

function holdersOf(name: string): readonly string[] {
  const whole = new RegExp(`\\b${name}\\b`)
  return texts.filter(([, text]) => whole.test(text)).map(([path]) => path)
}

function textBelow(place: string): string {
  const pattern = place.endsWith('/') ? `${place}**/*.ts` : place
  return globSync(pattern, { cwd: root })
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
}

const additions = additionsIn(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'))

test('every kind of addition has a list', () => {
  assert.deepEqual(
    additions.map(({ title }) => title),
    [
      'A kind',
      'An action',
      'A controller',
      'A scheduler plugin',
      'An admission plugin',
      'A fault',
      'A shell builtin',
      'How a simulated container behaves',
      'A command',
      'A store, a runtime or a network',
      'A rule of the house',
    ],
  )
})

for (const addition of additions) {
  test(`what CONTRIBUTING lists for ${addition.title.toLowerCase()} is all that it touches`, () => {
    for (const path of addition.paths) {
      assert.ok(existsSync(join(root, path)), `${path} is named but not there`)
      assert.equal(statSync(join(root, path)).isDirectory(), path.endsWith('/'), path)
    }
    assert.deepEqual(faultsOf(addition, holdersOf(addition.example)), [])
    for (const [name, place] of addition.named) {
      const isThere = new RegExp(`\\b${name}\\b`).test(textBelow(place))
      assert.ok(isThere, `${name} is said to stand in ${place}, and does not`)
    }
  })
}

test('a list that leaves out a file, or names one that is not touched, is found', () => {
  const [planted] = additionsIn(
    '### A thing\n\nExample: `thing`, from `src/things/thing.ts`.\n\n- `src/things/thing.ts`: it.\n- `src/idle.ts`: not.\n',
  )
  assert.ok(planted !== undefined)
  assert.deepEqual(
    faultsOf(planted, ['src/things/thing.ts', 'src/things/index.ts', 'src/x.test.ts']),
    [
      'does not name src/things/index.ts, where thing stands',
      'names src/idle.ts, where thing does not stand',
    ],
  )
})

test('a name is found that does not stand where a list says it does', () => {
  const [planted] = additionsIn(
    '### A thing\n\nA field of `Things` in `src/api/` or `b`\nin `src/cli/`.',
  )
  assert.deepEqual(planted?.named, [
    ['Things', 'src/api/'],
    ['b', 'src/cli/'],
  ])
  assert.ok(!/\bThings\b/.test(textBelow('src/api/sim/')))
})

test('each fault is tried by a scenario, and the documentation names it', () => {
  const tried = ['test/scenarios/**/*.test.ts', 'test/sim/*.test.ts']
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
  const documented = readFileSync(join(root, 'docs/simulation.md'), 'utf8')
  const types = Object.keys(faultRules)
  const notIn = (text: string) => types.filter((type) => !new RegExp(`\\b${type}\\b`).test(text))
  assert.deepEqual(notIn(tried), [], 'a scenario in test/scenarios/nodes/ shows what it breaks')
  assert.deepEqual(notIn(documented), [], 'docs/simulation.md names it')
})

test('every rule of the house is named as its findings are', () => {
  const source = readFileSync(join(root, 'rules/house.ts'), 'utf8')
  const names = [...source.matchAll(/^ {4}name: '([^']+)',$/gm)].map(([, name = '']) => name)
  assert.ok(names.length > 10)
  const words = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').replaceAll(/\s+/g, ' ')
  assert.deepEqual(
    names.filter((name) => !words.includes(`*${name}*`)),
    [],
  )
})

/** Lists that are kept by hand, and the files whose declarations belong into them. */
const lists: readonly (readonly [list: string, files: string, declares: RegExp])[] = [
  ['src/controllers/index.ts', 'src/controllers/*/controller.ts', /^export /m],
  [
    'src/scheduler/plugins/index.ts',
    'src/scheduler/plugins/**/*.ts',
    /^export const \w+: Plugin =/m,
  ],
  [
    'src/apiserver/admission/plugins/index.ts',
    'src/apiserver/admission/plugins/*.ts',
    /^export (?:const \w+: Admission =|function \w+\([^)]*\): Admission \{)/m,
  ],
  ['src/cli/program.ts', 'src/cli/commands/*.ts', /^export const \w+: CliCommand =/m],
]

for (const [list, files, declares] of lists) {
  test(`whatever is declared in ${files} stands in ${list}`, () => {
    const text = readFileSync(join(root, list), 'utf8')
    const declaring = globSync(files, { cwd: root })
      .filter((path) => path !== list && !path.includes('.test.'))
      .filter((path) => declares.test(readFileSync(join(root, path), 'utf8')))
    assert.ok(declaring.length > 5, `${declaring.length} files match ${files}`)
    const folder = `${list.slice(0, list.lastIndexOf('/'))}/`
    const missing = declaring.filter((path) => !text.includes(`'./${path.slice(folder.length)}'`))
    assert.deepEqual(missing, [])
  })
}

test('every kind stands in the list of its group', () => {
  const kinds = globSync('src/api/*/*/*/index.ts', { cwd: root }).filter((path) =>
    readFileSync(join(root, path), 'utf8').includes('defineResource'),
  )
  assert.ok(kinds.length > 40, `${kinds.length} kinds`)
  const missing = kinds.filter((path) => {
    const [, , group = '', ...rest] = path.split('/')
    const list = join(root, 'src/api', group, 'index.ts')
    return !readFileSync(list, 'utf8').includes(`'./${rest.join('/')}'`)
  })
  assert.deepEqual(missing, [])
})
