"""A client of coin-node in another language, written from ipc-spec/PROTOCOL.md and ipc-spec/schema.json alone.

Usage: client.py SOCKET SCHEMA: prints one JSON line for each step of a short session: echo, a call ahead, height, an
error, an RPC call, a callback, and block notifications until it has seen one.
"""
import json
import socket
import struct
import sys

HELLO, CALL, RETURN, THROW, CANCEL, RELEASE, ACK, PING, PONG, GOODBYE = 0, 1, 2, 3, 4, 5, 7, 8, 9, 10


def pack(value):
    if value is None:
        return b"\xc0"
    if value is True or value is False:
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 128:
            return struct.pack("B", value)
        if -32 <= value < 0:
            return struct.pack("b", value)
        if 0 <= value < 1 << 32:
            return b"\xce" + struct.pack(">I", value)
        if -(1 << 31) <= value < 0:
            return b"\xd2" + struct.pack(">i", value)
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode()
        return b"\xdb" + struct.pack(">I", len(data)) + data
    if isinstance(value, bytes):
        return b"\xc6" + struct.pack(">I", len(value)) + value
    return b"\xdd" + struct.pack(">I", len(value)) + b"".join(pack(v) for v in value)


def unpack(data, at=0):
    """The value at a place, and the place behind it."""
    b = data[at]
    at += 1
    if b < 0x80:
        return b, at
    if b >= 0xE0:
        return b - 256, at
    if 0x90 <= b < 0xA0:
        return unpack_list(data, at, b & 15)
    if 0xA0 <= b < 0xC0:
        return data[at:at + (b & 31)].decode(), at + (b & 31)
    if b in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[b], at
    plain = {0xCA: ">f", 0xCB: ">d", 0xCC: "B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: "b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q"}
    if b in plain:
        size = struct.calcsize(plain[b])
        number = struct.unpack(plain[b], data[at:at + size])[0]
        return (int(number) if isinstance(number, float) and number.is_integer() else number), at + size
    sized = {0xD9: "B", 0xDA: ">H", 0xDB: ">I", 0xC4: "B", 0xC5: ">H", 0xC6: ">I", 0xDC: ">H", 0xDD: ">I"}
    size = struct.calcsize(sized[b])
    count = struct.unpack(sized[b], data[at:at + size])[0]
    at += size
    if b in (0xDC, 0xDD):
        return unpack_list(data, at, count)
    raw = data[at:at + count]
    return (raw if b in (0xC4, 0xC5, 0xC6) else raw.decode()), at + count


def unpack_list(data, at, count):
    out = []
    for _ in range(count):
        value, at = unpack(data, at)
        out.append(value)
    return out, at


class Thrown(Exception):
    pass


class Client:
    def __init__(self, path, schema):
        self.interfaces = schema["interfaces"]
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.buffer = b""
        self.next_call = 1
        self.exported = {}
        self.send([HELLO, "coin-ipc", [1, 0], "python-client", "1", "", "", [1 << 26, 64, 262144, 4096, 65536], 1 << 20, []])
        self.hello = self.receive()
        assert self.hello[0] == HELLO and self.hello[1] == "coin-ipc", self.hello

    def send(self, message):
        data = pack(message)
        self.socket.sendall(struct.pack("<I", len(data)) + data)

    def receive(self):
        while len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack("<I", self.buffer[:4])[0]:
            chunk = self.socket.recv(1 << 16)
            if not chunk:
                raise EOFError("the node has closed the connection")
            self.buffer += chunk
        size = struct.unpack("<I", self.buffer[:4])[0]
        message, end = unpack(self.buffer[4:4 + size])
        assert end == size
        self.buffer = self.buffer[4 + size:]
        return message

    def ordinal(self, interface, method):
        return next(m["ordinal"] for m in self.interfaces[interface]["methods"] if m["name"] == method)

    def call(self, target, interface, method, *args):
        return self.answer(self.start(target, interface, method, *args))

    def start(self, target, interface, method, *args):
        call = self.next_call
        self.next_call += 1
        self.send([CALL, call, target, self.ordinal(interface, method), list(args)])
        return call

    def answer(self, call):
        while True:
            message = self.receive()
            if message[0] == RETURN and message[1] == call:
                return message[2]
            if message[0] == THROW and message[1] == call:
                raise Thrown(message[2])
            self.serve(message)

    def serve(self, message):
        """What the node asks of us meanwhile: calls on objects that we have handed out, and whether we live."""
        if message[0] == PING:
            self.send([PONG, message[1]])
        elif message[0] == CALL:
            _, call, target, ordinal, args = message[:5]
            interface, function = self.exported[target]
            result = function(ordinal, args)
            # A call of a stream is acknowledged, every other one is answered. A callback has one method, which is no stream.
            methods = [] if interface is None else self.interfaces[interface]["methods"]
            stream = any(m["ordinal"] == ordinal and m.get("stream") for m in methods)
            self.send([ACK, call] if stream else [RETURN, call, result])
        elif message[0] == RELEASE:
            for number, _count in message[1]:
                self.exported.pop(number, None)
        elif message[0] == GOODBYE:
            raise EOFError(message[2])


def show(step, value):
    print(json.dumps({step: value}), flush=True)


def main():
    with open(sys.argv[2]) as file:
        client = Client(sys.argv[1], json.load(file))
    show("hello", [client.hello[3], client.hello[5], client.hello[6]])
    echo = client.call(0, "Init", "makeEcho")[0]
    show("echo", client.call(echo, "Echo", "echo", "grüße"))
    # Both calls leave before the first is answered: the second names the result of the first. Nothing is ahead any more then.
    made = client.start(0, "Init", "makeEcho")
    said = client.start([made, []], "Echo", "echo", "ahead")
    ahead = client.answer(made)[0]
    show("ahead", client.answer(said))
    client.send([RELEASE, [[ahead, 1]], [made]])
    chain = client.call(0, "Init", "makeChain")[0]
    show("height", client.call(chain, "Chain", "getHeight"))
    show("genesis", client.call(chain, "Chain", "getBlockHash", 0)[::-1].hex())
    try:
        client.call(chain, "Chain", "getBlockHash", "one")
    except Thrown as thrown:
        show("refused", thrown.args[0][:3])
    rpc = client.call(0, "Init", "makeRpc")[0]
    reply = client.call(rpc, "Rpc", "executeRpc", '{"jsonrpc":"2.0","id":1,"method":"getblockcount"}', "/", "")
    show("rpc", json.loads(reply)["result"])

    # A callback is asked while its caller waits. What it answers is not kept: the node's settings are not for programs that it has not started.
    asked = []
    client.exported[2] = (None, lambda ordinal, args: asked.append(args[0]) or '{"from":"python"}')
    show("updated", [client.call(chain, "Chain", "updateRwSetting", "pythonclient", [2]), asked])
    show("setting", client.call(chain, "Chain", "getRwSetting", "pythonclient"))

    heights = []
    connected = client.ordinal("ChainNotifications", "blockConnected")
    block_info = client.interfaces and [f["name"] for f in json.load(open(sys.argv[2]))["types"]["BlockInfo"]]
    client.exported[1] = ("ChainNotifications", lambda ordinal, args: heights.append(args[0][block_info.index("height")]) if ordinal == connected else None)
    handler = client.call(chain, "Chain", "handleNotifications", [1])[0]
    show("subscribed", True)
    while len(heights) < 3:
        client.serve(client.receive())
    show("blocks", heights[:3])
    client.call(handler, "Handler", "disconnect")
    client.send([RELEASE, [[echo, 1], [chain, 1], [rpc, 1]]])
    client.send([GOODBYE, 0, "done"])


main()
