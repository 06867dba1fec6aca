"""Starts the tiny product and the phone network around it for every test."""

from collections.abc import Iterator

import pytest
from twilio.rest import Client

from notifications.emulator import Account, EmulatorServer, PhoneNetwork
from tests.emulator.town import Product, Town


@pytest.fixture(scope="session")
def account() -> Account:
    return Account("AC" + "0" * 32, "test-token")


@pytest.fixture(scope="session")
def running_product(account: Account) -> Iterator[Product]:
    made = Product(account)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def product(running_product: Product) -> Iterator[Product]:
    running_product.forget()
    yield running_product
    assert running_product.unsigned == []


@pytest.fixture
def town(account: Account, product: Product) -> Iterator[Town]:
    network = PhoneNetwork(account, speed=40)
    with EmulatorServer(network) as server:
        yield Town(network, product, server.base_url)
    assert [n for n in network.errors if n.code == 0 and "defect" in n.message] == []


@pytest.fixture
def client(town: Town, account: Account) -> Client:
    made = Client(account.sid, account.auth_token)
    made.api.base_url = town.base_url
    return made
