"""Computes usage.json from the written rules, in another language than the library's.

Run:   python3 libs/messages/vectors/vectors.py > libs/messages/vectors/usage.json
Rules: docs/architecture.md 3 (identity, partition), libs/messages/README.md (payload hash, version 1),
       Avro specification 1.12 (canonical form, CRC-64-AVRO, binary encoding, single-object encoding).
"""
import hashlib
import json
import pathlib
import struct

SCHEMA = json.loads(
    (pathlib.Path(__file__).parent.parent / 'schemas/usage.recorded/v3.avsc').read_text()
)
FIELDS = [field['name'] for field in SCHEMA['fields']]
TYPES = {field['name']: field['type'] for field in SCHEMA['fields']}
MAPS = {'kinds', 'metadata', 'extensions'}
# Tag of each field: its place in the list. extensions and sentBy are transport and have none.
TAGS = {name: place for place, name in enumerate(
    'tenant source id time contract buyer centre modelOrdered modelServed kinds subject upstream '
    'authorization lot dispatch dataOrigin endUserCountry facility pool returnCountry purpose '
    'latencyMs credential session reservation admission serviceTier audioMs images requests outcome '
    'finality correctsSource correctsId revision routeType route controlRegion inferenceRegion '
    'useCase industry device host upstreamRequestId endUser dataClass kindsIncomplete metadata '
    'datasetTag correction'.split(), 1)}


def text(value):
    data = value.encode('utf-8')
    return struct.pack('>I', len(data)) + data


def identity(tenant, source, id_):
    return hashlib.sha256(text(tenant) + text(source) + text(id_)).digest()[:16]


def payload_hash(event):
    out = b'\x01'
    for name, tag in TAGS.items():
        value = event.get(name)
        if name == 'modelServed' and value == event['modelOrdered']:
            value = None
        if value is None or value is False:
            continue
        mark = bytes([tag])
        if name == 'kinds':
            for kind in sorted(value):
                if value[kind] != 0:
                    out += mark + text(kind) + struct.pack('>q', value[kind])
        elif name == 'metadata':
            for key in sorted(value, key=lambda k: k.encode('utf-8')):
                out += mark + text(key) + text(value[key])
        elif name == 'kindsIncomplete':
            out += mark + struct.pack('>q', 1)
        elif isinstance(value, int):
            out += mark + struct.pack('>q', value)
        else:
            out += mark + text(value)
    return hashlib.sha256(out).digest()


def varint(number):
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7f:
        out.append(rest & 0x7f | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def avro(type_, value):
    if isinstance(type_, list):
        return b'\x00' if value is None else b'\x02' + avro(type_[1], value)
    if isinstance(type_, dict) and type_['type'] == 'map':
        items = b''.join(avro('string', k) + avro(type_['values'], v) for k, v in value.items())
        return (varint(len(value)) + items if value else b'') + b'\x00'
    name = type_['type'] if isinstance(type_, dict) else type_
    if name == 'string':
        data = value.encode('utf-8')
        return varint(len(data)) + data
    return varint(value) if name == 'long' else bytes([1 if value else 0])


def canonical(type_):
    if isinstance(type_, list):
        return '[' + ','.join(canonical(branch) for branch in type_) + ']'
    if isinstance(type_, str):
        return f'"{type_}"'
    if type_['type'] == 'map':
        return '{"type":"map","values":' + canonical(type_['values']) + '}'
    if type_['type'] != 'record':
        return canonical(type_['type'])
    fields = ','.join('{"name":"%s","type":%s}' % (f['name'], canonical(f['type']))
                      for f in type_['fields'])
    return '{"name":"%s.%s","type":"record","fields":[%s]}' % (
        type_['namespace'], type_['name'], fields)


def rabin(data):
    empty = 0xc15d213aa4d7a795
    crc = empty
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (empty if crc & 1 else 0)
    return crc


def encode(event):
    head = b'\xc3\x01' + struct.pack('<Q', rabin(canonical(SCHEMA).encode()))
    default = {name: {} if name in MAPS else None for name in FIELDS}
    full = {**default, **event}
    return head + b''.join(avro(TYPES[name], full[name]) for name in FIELDS)


BASE = {
    'tenant': 'shantou', 'source': '//centre-guangzhou/gateway-1', 'id': 'call-1',
    'time': 1779278340000000, 'contract': 'contract-1', 'buyer': 'buyer-1',
    'centre': 'centre-guangzhou', 'modelOrdered': 'deepseek-v3.2',
    'kinds': {'input': 100, 'output': 20},
}
FULL = {
    **BASE,
    **{name: f'{name}-\u503c' for name in FIELDS
       if name not in BASE and TYPES[name] == ['null', 'string']},
    **{name: 9007199254740993 for name in FIELDS if TYPES[name] == ['null', 'long']},
    'kinds': {'output': 2 ** 62, 'input': 9007199254740993, 'cached_input': 0},
    'kindsIncomplete': True,
    'metadata': {'\U0001f9ee': 'abacus', '\uffff': 'x', 'b': '', 'a': '=1+1'},
    'extensions': {'traceparent': '00-4bf9-00f0-01'},
}
EVENTS = {
    'the least that an event says': BASE,
    'a model served as ordered says nothing': {**BASE, 'modelServed': 'deepseek-v3.2'},
    'a kind of 0 says nothing': {**BASE, 'kinds': {'output': 20, 'reasoning': 0, 'input': 100}},
    'extensions are transport': {**BASE, 'extensions': {'traceparent': '00-4bf9-00f0-01'}},
    'another model served': {**BASE, 'modelServed': 'glm-5'},
    'one token more': {**BASE, 'kinds': {'input': 101, 'output': 20}},
    'everything that an event can say': FULL,
}
TRIPLES = [
    ('shantou', '//centre-guangzhou/gateway-1', 'call-1'), ('a', 'b', 'c-d'), ('a', 'b-c', 'd'),
    ('a', '', 'b'), ('', 'a', 'b'), ('shantou', '\u6c55\u5934', '\U0001f9ee'),
    ('shantou', 's', 'x' * 300), ('shantou', 's', 'CALL-1'), ('shantou', 's', 'call-1 '),
]


def shown(event):
    """Longs as decimal strings: JSON readers would round them."""
    plain = {k: str(v) if type(v) is int else v for k, v in event.items()}
    return {**plain, 'kinds': {k: str(v) for k, v in event['kinds'].items()}}


print(json.dumps({
    'identity': [{
        'tenant': t, 'source': s, 'id': i, 'identity': identity(t, s, i).hex(),
        'partition': identity(t, s, i)[0] >> 2,
    } for t, s, i in TRIPLES],
    'events': [{
        'name': name, 'event': shown(event), 'payloadHash': payload_hash(event).hex(),
        'encoded': encode(event).hex(),
    } for name, event in EVENTS.items()],
}, indent=2))
