#!/usr/bin/env python3
"""Hands a file of Kubernetes objects to Bramble and prints what became of each. Exits with 1 when one was refused.

    python3 examples/mqtt/apply.py --cafile .bramble/ca.crt --user admin --token "$(cat .bramble/admin-token)" examples/hello.yaml
"""
import json
import sys
import uuid

from bramble_mqtt import arguments, connect

options = arguments(__doc__, "file")
client = connect(options)
order = uuid.uuid4().hex
refused = False


def on_message(_client, _userdata, message):
    global refused
    for item in json.loads(message.payload)["items"]:
        if "action" in item:
            print(f"{item['kind'].lower()}/{item['name']} {item['action']}")
        else:
            refused = True
            print(item["message"], file=sys.stderr)
    client.disconnect()


def on_subscribe(*_):
    # Only now is somebody there to hear the answer.
    with open(options.file, "rb") as file:
        client.publish(f"bramble/v1/apply/{options.user}/{order}", file.read(), qos=1)


client.on_message = on_message
client.on_subscribe = on_subscribe
client.subscribe(f"bramble/v1/results/{options.user}/{order}", qos=1)
client.loop_forever()
sys.exit(1 if refused else 0)
