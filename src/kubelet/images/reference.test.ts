import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseImage } from './reference.ts'

const hex = '0123456789abcdef'.repeat(4)
const digest = `sha256:${hex}`

test('a short name is completed as container engines complete it', () => {
  for (const [text, expected] of [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['team/app', 'docker.io/team/app:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app:v1', 'localhost:5000/app:v1'],
    ['registry.example/a/b/c', 'registry.example/a/b/c:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`nginx:1.27@${digest}`, `docker.io/library/nginx:1.27@${digest}`],
  ] as const) {
    const parsed = parseImage(text)
    assert.equal(parsed.kind === 'image' && parsed.name, expected, text)
  }
})

test('what is no image name says why', () => {
  for (const [text, why] of [
    ['Nginx:1', 'invalid reference format: repository name (library/Nginx) must be lowercase'],
    ['team/App', 'invalid reference format: repository name (team/App) must be lowercase'],
    ['r.example/App', 'invalid reference format: repository name (App) must be lowercase'],
    ['nginx:', 'invalid reference format'],
    ['nginx:>=1', 'invalid reference format'],
    ['nginx@sha256:12', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    ['a'.repeat(256), 'repository name must not be more than 255 characters'],
  ] as const) {
    const parsed = parseImage(text)
    assert.equal(
      parsed.kind === 'invalid' && parsed.message,
      `couldn't parse image name "${text}": ${why}`,
    )
  }
})
