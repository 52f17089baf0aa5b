/** Each rule is shown a fault that was planted for it, and the same code without the fault. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handMadeCaches } from './caches.ts'
import { allCasts, bareCasts, barePlaces, blindCasts, blindPlaces } from './casts.ts'
import { longestChain } from './chain.ts'
import { beginsWithSentence, doorDocs, unexplained } from './docstrings.ts'
import { misnamedFixtures } from './fixtures.ts'
import { largeFolders, mutualFolders } from './folders.ts'
import { homonymRooms, homonyms } from './homonyms.ts'
import { projectOf } from './project.ts'
import { compare, lowered, placesOfRisen } from './ratchet.ts'
import { retiredPlaces, retiredWords } from './words.ts'

const doors = { '#a': './src/a/index.ts' }

test('a folder of more than fifteen files is large, and tests are not counted', () => {
  const texts = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`src/a/f${n}.ts`, '']))
  assert.deepEqual(largeFolders(projectOf({ ...texts(15), 'src/a/f.test.ts': '' })), {})
  assert.deepEqual(largeFolders(projectOf(texts(16))), { 'src/a': 16 })
})

test('two folders of a room are mutual when each imports the other, also parent and child', () => {
  const oneWay = { 'src/a/x/one.ts': "import '../y/two.ts'", 'src/a/y/two.ts': '' }
  assert.deepEqual(mutualFolders(projectOf(oneWay)), {})
  const both = { ...oneWay, 'src/a/y/three.ts': "import type {} from '../x/one.ts'" }
  assert.deepEqual(mutualFolders(projectOf(both)), { 'src/a/x <-> src/a/y': 1 })
  const nested = {
    'src/a/root.ts': "export {} from './x/one.ts'",
    'src/a/kept.ts': '',
    'src/a/x/one.ts': "const late = await import('../kept.ts')",
  }
  assert.deepEqual(mutualFolders(projectOf(nested)), { 'src/a <-> src/a/x': 1 })
  const byTest = { ...oneWay, 'src/a/y/two.test.ts': "import '../x/one.ts'" }
  assert.deepEqual(mutualFolders(projectOf(byTest)), {})
})

test('a docstring of a door begins with a sentence, wherever the declaration stands', () => {
  const project = projectOf(
    {
      'src/a/index.ts':
        "export { told, fragment, bare as other } from './b.ts'\nexport * from './c.ts'",
      'src/a/b.ts':
        '/** Tells what there is. */\nexport const told = 1\n/** what a fragment says */\nexport function fragment() {}\nexport class bare {}',
      'src/a/c.ts': '/** Stands for everything else here. */\nexport type Passed = string',
    },
    doors,
  )
  assert.equal(doorDocs(project).get('#a')?.names, 4)
  assert.deepEqual(unexplained(project), { 'a fragment': 1, 'a other': 1 })
})

test('a sentence has a capital, an end and four words', () => {
  assert.ok(beginsWithSentence('`watch` sends what\n happens. And more'))
  assert.ok(!beginsWithSentence('sends what has happened.'))
  assert.ok(!beginsWithSentence('Sends what has happened'))
  assert.ok(!beginsWithSentence('The watch.'))
})

test('a name that two rooms declare is a homonym, one that is passed on is not', () => {
  const project = projectOf(
    {
      'src/a/index.ts': "export { Place, same } from './place.ts'",
      'src/a/place.ts': 'export interface Place {}\nexport const same = 1\nexport const Twice = 1',
      'src/a/other.ts': 'export type Twice = 1',
      'src/b/place.ts': 'interface Place {}\nexport { type Place, local as same }\nconst local = 2',
      'src/b/index.ts': "export { same as again } from '#a'",
    },
    doors,
  )
  assert.deepEqual(homonyms(project), { Place: 2, same: 2 })
  assert.deepEqual(homonymRooms(project).get('Place'), ['a', 'b'])
})

test('a cast needs a reason, and what believes anything is counted apart', () => {
  const project = projectOf({
    'src/a/x.ts': `
      const free = [1] as const satisfies unknown
      const bare = JSON.parse('') as string
      // Cast: the parser answers unknown.
      const told = JSON.parse('') as string
      const long = call(
        1 as Two, // Cast: one is two here.
      )
      const never = 1 as never
      const blind = (1 as unknown) as string`,
    'src/a/x.test.ts': 'const bare = 1 as Two',
  })
  assert.deepEqual(blindCasts(project), { a: 2 })
  assert.deepEqual(bareCasts(project), { a: 2 })
  assert.deepEqual(allCasts(project), { a: 6 })
  const at = (line: number) => ({ key: 'a', path: 'src/a/x.ts', line })
  assert.deepEqual(blindPlaces(project), [at(9), at(10)])
  assert.deepEqual(barePlaces(project), [at(3), at(10)])
})

test('weak maps and last values are caches that somebody made by hand', () => {
  const project = projectOf({
    'src/a/x.ts': `
      const byObject = new WeakMap<object, string>()
      let last: object
      let answer: string
      export function answerTo(input: object): string {
        if (input === last) return answer
        last = input
        answer = String(input)
        return answer
      }
      export function same(input: object): string {
        if (input === last) return 'no'
        return answer
      }`,
  })
  assert.deepEqual(handMadeCaches(project), { a: 2 })
})

test('what only tests import is named as a fixture', () => {
  const project = projectOf({
    'src/a/world.ts': '',
    'src/a/world-fixture.ts': '',
    'src/a/fixture/pods.ts': "import '../used.ts'",
    'src/a/used.ts': '',
    'src/a/main.ts': "import './used.ts'",
    'src/a/test-world.ts': '',
    'src/a/x.test.ts':
      "import './world.ts'\nimport './world-fixture.ts'\nimport './fixture/pods.ts'\nimport './used.ts'",
  })
  assert.deepEqual(misnamedFixtures(project), { 'src/a/test-world.ts': 1, 'src/a/world.ts': 1 })
})

test('the longest chain goes from file to file', () => {
  const project = projectOf({
    'src/a/x.ts': "import './y.ts'\nimport './z.ts'",
    'src/a/y.ts': "import './z.ts'",
    'src/a/z.ts': '',
  })
  assert.deepEqual(longestChain(project), ['src/a/x.ts', 'src/a/y.ts', 'src/a/z.ts'])
})

test('a retired word is found as a word of an identifier or of a file', () => {
  const project = projectOf({
    'src/a/pacer.ts':
      'const letInPod = 1; const outstanding = 2; const misfits = 3; const heedless = 4',
  })
  assert.deepEqual(retiredWords(project), { 'a let in': 1, 'a misfits': 1, 'a pacer': 1 })
})

test('a ratchet refuses what has risen, asks for what has fallen, and is only lowered', () => {
  const held = { kept: 2, mended: 1, better: 3 }
  const found = { kept: 2, better: 1, fresh: 1 }
  assert.deepEqual(compare(found, held), {
    risen: ['fresh'],
    fallen: ['mended: 0, and the ratchet says 1', 'better: 1, and the ratchet says 3'],
  })
  assert.deepEqual(lowered(found, held), { kept: 2, better: 1 })
  assert.deepEqual(compare({ kept: 3 }, { kept: 2 }).risen, ['kept: 3, and the ratchet says 2'])
})

test('what has risen is shown where it is, in changed files if it is there', () => {
  const project = projectOf({
    'src/a/old.ts': 'const misfits = 1',
    'src/a/x.ts': '\nconst pacer = 2\nconst misfits = 3',
  })
  const places = retiredPlaces(project)
  const found = retiredWords(project)
  const shown = (held: Record<string, number>, ...changed: readonly string[]) =>
    placesOfRisen(places, { found, held }, new Set(changed))
  const misfits = 'misfits: say admission failures'
  assert.deepEqual(shown(found), [])
  assert.deepEqual(shown({ 'a misfits': 1, 'a pacer': 1 }, 'src/a/x.ts'), [
    `src/a/x.ts:3 ${misfits}`,
  ])
  assert.deepEqual(shown({ 'a misfits': 1, 'a pacer': 1 }), [
    `src/a/old.ts:1 ${misfits}`,
    `src/a/x.ts:3 ${misfits}`,
  ])
  assert.deepEqual(shown({ 'a misfits': 2 }), ['src/a/x.ts:2 pacer: say time driver'])
})
