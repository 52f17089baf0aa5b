import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sh, start } from './shell-fixture.ts'
import { shebangOf } from './syntax/script-file.ts'

const shebangs: readonly (readonly [string, string | undefined])[] = [
  ['#!/bin/sh\n', 'sh'],
  ['#! /bin/bash -e\n', 'bash -e'],
  ['#!/usr/bin/env bash\n', 'bash'],
  ['#!/usr/bin/env -S bash -eu\n', 'bash -eu'],
  ['echo no first line\n', 'sh'],
  ['#!/usr/bin/python3\n', undefined],
  ['#!/usr/bin/env node\n', undefined],
]

for (const [text, wanted] of shebangs) {
  test(`${JSON.stringify(text)} is run by ${wanted ?? 'a program of its own'}`, () => {
    const script = shebangOf(text)
    assert.equal(script && [script.shell, ...script.flags].join(' '), wanted)
  })
}

describe('a script that is run by its path', () => {
  const script = `printf '#!/bin/sh -e\\necho $0 $1 $GREETING\\nfalse\\necho never\\n' > /tmp/run`

  test('gets its words and the options of its first line', () => {
    const machine = sh(`${script}; /tmp/run one; echo $?`)
    machine.pass(1000)
    assert.equal(machine.out(), '/tmp/run one hello\n1\n')
  })

  test('is found below the present directory', () => {
    const machine = sh(`${script}; cd /tmp; ./run two || true`)
    machine.pass(1000)
    assert.equal(machine.out(), '/tmp/run two hello\n')
  })

  test('that is not there, or must not be executed, is refused', () => {
    const machine = sh('/mnt/none; echo $?; /etc/motd; echo $?')
    machine.pass(1000)
    assert.equal(machine.out(), '127\n126\n')
    assert.equal(
      machine.err(),
      'sh: 1: /mnt/none: not found\nsh: 1: /etc/motd: Permission denied\n',
    )
  })

  test('of which nothing is known is a program', () => {
    const machine = start({ argv: ['/opt/app/serve'] })
    machine.pass(1000)
    assert.equal(machine.process.exit, undefined)
  })
})
