// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the shell's own
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { start } from './shell-fixture.ts'

/** What bash has and dash has not: a script, and what it prints. */
const scripts: readonly (readonly [script: string, out: string])[] = [
  ['x=a.b.c; echo "${x/./-}" "${x//./-}" "${x//./}"', 'a-b.c a-b-c abc\n'],
  ['x=aXbX; echo "${x/#a/z}" "${x/%X/z}" "${x/%Y/z}"', 'zXbX aXbz aXbX\n'],
  ['x=/usr/bin; echo "${x//\\//_}"', '_usr_bin\n'],
  ['x=abc; y=b; echo "${x/$y/[$y]}" "${x//[ac]/.}"', 'a[b]c .b.\n'],
  ['x=hello; echo "${x^}" "${x^^}" "${x^^[el]}"', 'Hello HELLO hELLo\n'],
  ['x=HeLLo; echo "${x,}" "${x,,}"', 'heLLo hello\n'],
  ['x=y; y=3; echo "${!x}"', '3\n'],
  ['x=abcdef; echo "${x:1:2}" "${x:2}" "${x: -2}" "${x:1:-1}"', 'bc cdef ef bcde\n'],
  ['set -- a b c; echo "${@:2}" "${@:1:2}"', 'b c a b\n'],
  ['a=(x "y z" w); echo "${a[1]}" "${#a[@]}" "$a" "${a[-1]}"', 'y z 3 x w\n'],
  ['a=(x "y z"); for i in "${a[@]}"; do echo "<$i>"; done', '<x>\n<y z>\n'],
  ['a=(1 2 3); a+=(4); a[1]=9; echo "${a[*]}" "${a[@]:1:2}"', '1 9 3 4 9 3\n'],
  ['a=(a.x b.x); echo "${a[@]%.x}" "${a[@]/x/y}"', 'a b a.y b.y\n'],
  ['a=(); echo "${#a[@]}" "${a[@]}" end', '0 end\n'],
  ['x=a; x+=b; echo $x; PATH+=:/x; echo $PATH', 'ab\n:/x\n'],
  ['[[ abc == a* ]] && echo yes; [[ abc == "a*" ]] || echo no', 'yes\nno\n'],
  ['x="a b"; [[ $x == "a b" && -n $x ]] && echo yes', 'yes\n'],
  ['[[ ! -f /none && ( 1 -lt 2 || -z x ) ]] && echo yes', 'yes\n'],
  ['[[ v1.22 =~ ^v([0-9]+)\\.([0-9]+)$ ]] && echo "${BASH_REMATCH[2]}"', '22\n'],
  ['[[ a.b =~ "." ]] && [[ ! ab =~ "." ]] && echo yes', 'yes\n'],
  ['[[ b > a ]] && echo more; if [[ -z "" ]]; then echo empty; fi', 'more\nempty\n'],
  ['i=3; (( i > 2 )) && echo big; (( i++ )); echo $i; (( 0 )) || echo zero', 'big\n4\nzero\n'],
  ['for ((i = 0; i < 3; i++)); do ((i == 1)) && continue; echo $i; done', '0\n2\n'],
  ['for ((;;)); do break; done; echo over', 'over\n'],
  ['x=$(( (1 + 2) * 3 )); ((x += 1)); echo $x', '10\n'],
  ['( (echo inner) )', 'inner\n'],
  ['((echo a); (echo b))', 'a\nb\n'],
]

describe('bash', () => {
  for (const [script, out] of scripts) {
    test(script, () => {
      const machine = start({ argv: ['bash', '-c', script] })
      machine.pass()
      assert.deepEqual([machine.out(), machine.err()], [out, ''])
    })
  }

  test('dash refuses what only bash has', () => {
    const machine = start({
      argv: ['sh', '-c', 'x=a; (echo ${x^^}); (echo ${x:0:1}); [[ a ]]; a=(b)'],
    })
    machine.pass()
    assert.equal(
      machine.err(),
      'sh: 1: Bad substitution\nsh: 1: Bad substitution\nsh: 1: [[: not found\nsh: 1: Syntax error: "(" unexpected\n',
    )
  })
})
